/** The metrics for Prometheus. Labels are names that operators chose, never text from a caller. */
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { Observer } from "../audit/observer.ts";
import type { WallClock } from "../core/clock.ts";
import type { Delegation } from "../core/delegation.ts";
import type { Verification } from "../core/verification.ts";
import { observeCalls } from "./calls.ts";
import { observeState, readinessOf, type ObservedState, type Readiness } from "./state.ts";

export interface Metrics {
  /** Notified of each call. */
  readonly observer: Observer;
  /** Adds gauges of the gateway's state. */
  watch(version: string, read: () => ObservedState): void;
  /** To be called after each scheduled verification, with the delegation before and after it. */
  verified(verification: Verification, before: Delegation, after: Delegation): void;
  /** Whether calls can be served, and each delegation's state; undefined until a gateway is watched. */
  readiness(): Readiness | undefined;
  /** This registry's metrics, to be aggregated with others'. */
  json(): Promise<object[]>;
  /** Aggregates the registries of workers from now on. */
  gather(others: () => Promise<object[][]>): void;
  /** The exposition format, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(clock: WallClock): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const verifications = new Counter({
    name: "signet_verifications_total",
    help: "Scheduled verifications of delegations, by verdict.",
    labelNames: ["delegation", "verdict"],
    registers,
  });
  const suspensions = new Counter({
    name: "signet_delegation_suspensions_total",
    help: "Delegations suspended because their role stopped requiring its External ID.",
    labelNames: ["delegation"],
    registers,
  });
  const enforced = new Gauge({
    name: "signet_delegation_external_id_enforced",
    help: "Whether the role requires its External ID, by the latest verification: 1 yes, 0 no, NaN inconclusive.",
    labelNames: ["delegation"],
    registers,
  });
  const verifiedAt = new Gauge({
    name: "signet_delegation_verified_timestamp_seconds",
    help: "When the delegation's latest verification ended.",
    labelNames: ["delegation"],
    registers,
  });
  let watched: (() => ObservedState) | undefined;
  let others: (() => Promise<object[][]>) | undefined;
  return {
    observer: observeCalls(registry),
    watch(version, read) {
      watched = read;
      observeState({ registry, version, clock }, read);
    },
    readiness: () => watched && readinessOf(watched(), clock.now()),
    verified({ verdict, unenforced, finishedAt }, before, after) {
      const labels = { delegation: after.name };
      verifications.inc({ ...labels, verdict });
      enforced.set(labels, unenforced ? 0 : verdict === "pass" ? 1 : Number.NaN);
      verifiedAt.set(labels, finishedAt / 1000);
      if (before.state === "active" && after.state === "suspended") suspensions.inc(labels);
    },
    json: () => registry.getMetricsAsJSON(),
    gather(from) {
      others = from;
    },
    async text() {
      if (!others) return registry.metrics();
      const all = [await registry.getMetricsAsJSON(), ...(await others())];
      return AggregatorRegistry.aggregate(all).metrics();
    },
    contentType: registry.contentType,
  };
}
