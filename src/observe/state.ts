/** Gauges of the gateway's present state, read when Prometheus asks. */
import { Gauge, type Registry } from "prom-client";
import type { WallClock } from "../core/clock.ts";
import type { GatewayStatus } from "./gateway-status.ts";

export interface ObservedState extends GatewayStatus {
  /** 1 for each delegation, by state. */
  delegations: { name: string; state: string }[];
  /** What is used of limits, as parts of one. */
  limits: { scope: string; name: string; limit: string; used: number }[];
}

export function observeState(
  { registry, version, clock }: { registry: Registry; version: string; clock: WallClock },
  read: () => ObservedState,
): void {
  const gauge = (name: string, help: string, value: (state: ObservedState) => number) =>
    new Gauge({ name, help, registers: [registry], collect: setTo(() => value(read())) });
  gauge("signet_calls_running", "Calls under way.", ({ running }) => running);
  gauge("signet_call_slots_used", "Call slots in use.", ({ placesTaken }) => placesTaken);
  gauge("signet_calls_queued", "Calls waiting for a slot.", ({ placesWaiting }) => placesWaiting);
  gauge("signet_audit_available", "Whether calls can be recorded: 1 yes, 0 no.", ({ audit }) =>
    Number(audit.available),
  );
  gauge("signet_audit_records", "Audit records written since the start.", ({ audit }) => audit.records);
  gauge("signet_audit_syncs", "Syncs of the audit log to disk since the start.", ({ audit }) => audit.syncs);
  gauge("signet_audit_open_calls", "Calls with an intent and no outcome yet.", ({ audit }) => audit.open);
  gauge(
    "signet_store_behind_seconds",
    "For how long the store could not be followed.",
    (state) => state.storeBehindMs / 1000,
  );
  gauge(
    "signet_clock_offset_seconds",
    "How far AWS's clock is ahead of this machine's.",
    (state) => state.clockOffsetMs / 1000,
  );
  labelled(
    registry,
    "signet_session_expiry_seconds",
    "Until an AWS session in memory ends.",
    ["delegation", "client"],
    () =>
      read()
        .sessions.filter(({ expiresAt }) => Number.isFinite(expiresAt))
        .map(({ delegation, client, expiresAt }) => [
          { delegation, client },
          (expiresAt - clock.now()) / 1000,
        ]),
  );
  labelled(
    registry,
    "signet_delegation_state",
    "1 for the state that a delegation is in.",
    ["delegation", "state"],
    () => read().delegations.map(({ name, state }) => [{ delegation: name, state }, 1]),
  );
  labelled(
    registry,
    "signet_limit_used_ratio",
    "What is used of a limit, 1 for all of it.",
    ["scope", "name", "limit"],
    () => read().limits.map(({ scope, name, limit, used }) => [{ scope, name, limit }, used]),
  );
  new Gauge({
    name: "signet_build_info",
    help: "1, with the version.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
}

function setTo(value: () => number) {
  return function collect(this: Gauge): void {
    this.set(value());
  };
}

function labelled(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  rows: () => [labels: Record<string, string>, value: number][],
): void {
  const collect = function (this: Gauge): void {
    this.reset();
    for (const [labels, value] of rows()) this.set(labels, value);
  };
  void new Gauge({ name, help, labelNames, registers: [registry], collect });
}

export interface Readiness {
  ready: boolean;
  audit: boolean;
  storeBehindMs: number;
  delegations: {
    name: string;
    state: string;
    sessions: { client: string; expiresInSeconds: number | null }[];
  }[];
}

export function readinessOf(
  { audit, storeBehindMs, delegations, sessions }: ObservedState,
  now: number,
): Readiness {
  return {
    ready: audit.available && storeBehindMs === 0,
    audit: audit.available,
    storeBehindMs,
    delegations: delegations.map(({ name, state }) => ({
      name,
      state,
      sessions: sessions
        .filter(({ delegation }) => delegation === name)
        .map(({ client, expiresAt }) => ({
          client,
          expiresInSeconds: Number.isFinite(expiresAt) ? Math.round((expiresAt - now) / 1000) : null,
        })),
    })),
  };
}
