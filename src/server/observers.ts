/** Metrics and traces as configured, and the state that metrics show. */
import type { Observer } from "../audit/observer.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import type { Log } from "../core/log.ts";
import { createAccessLog, observerOf } from "../observe/access-log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { ObservedState } from "../observe/state.ts";
import type { Store } from "../store/store.ts";
import type { RunningGateway } from "./gateway.ts";
import { VERSION } from "../core/version.ts";

/** Combines several observers into one; none if there are none. */
export function observing(observers: readonly (Observer | undefined)[]): { observer?: Observer } {
  const all = observers.filter((each) => each !== undefined);
  const [only] = all;
  if (only === undefined) return {};
  if (all.length === 1) return { observer: only };
  return {
    observer: {
      ended: (call, outcome) => all.forEach((each) => each.ended(call, outcome)),
      refused: (...refused) => all.forEach((each) => each.refused(...refused)),
      unauthenticated: (error) => all.forEach((each) => each.unauthenticated(error)),
      session: (...session) => all.forEach((each) => each.session(...session)),
    },
  };
}

/** The Prometheus endpoint, if one is configured. */
export async function openMetrics(
  { prometheus: { host, port } }: Config,
  parts: AsyncDisposableStack,
  log: Log,
): Promise<Metrics | undefined> {
  if (port === undefined) return undefined;
  const [{ createMetrics }, { serveMetrics }] = await Promise.all([
    import("../observe/metrics.ts"),
    import("../observe/listen.ts"),
  ]);
  const metrics = createMetrics(systemClock);
  const listener = parts.adopt(await serveMetrics(metrics, { host, port }), (opened) => opened.close());
  log.info({ url: listener.url }, "serving metrics");
  return metrics;
}

/** Traces if a collector is configured, and one line per call at log level debug. */
export async function openTelemetryFor(
  { telemetry, log: { level } }: Config,
  parts: AsyncDisposableStack,
  log: Log,
): Promise<Observer | undefined> {
  const access = level === "debug" ? createAccessLog(log) : undefined;
  if (telemetry.otlpEndpoint === undefined) return access && observerOf(access);
  const { openTelemetry } = await import("../observe/telemetry.ts");
  const settings = {
    endpoint: telemetry.otlpEndpoint,
    serviceName: telemetry.serviceName,
    version: VERSION,
    headers: headersIn(telemetry.headers),
    access,
    clock: systemClock,
    log,
  };
  return parts.adopt(openTelemetry(settings), (opened) => opened.close()).observer;
}

/** `name=value,name=value`, values percent-encoded; checked when the configuration was read. */
function headersIn(text: Secret | undefined): Record<string, Secret> {
  const pairs = (text?.reveal() ?? "").split(",").flatMap((pair) => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(pair.trim()) ?? [];
    return name === undefined || value === undefined
      ? []
      : [[name, new Secret(decodeURIComponent(value))] as const];
  });
  return Object.fromEntries(pairs);
}

/** The store is read again after this time. */
const STORE_MS = 5_000;

/** The state as metrics show it. */
export async function stateReader({
  gateway,
  store,
}: {
  gateway: RunningGateway;
  store: Store;
}): Promise<() => ObservedState> {
  let known: Pick<ObservedState, "delegations" | "limits"> = { delegations: [], limits: [] };
  const read = async () => {
    const [delegations, clients] = await Promise.all([store.delegations.list(), store.clients.list()]);
    const holders = [
      ...delegations.map(({ name, limits }) => ({ scope: "delegation" as const, name, limits })),
      ...clients.map(({ name, limits }) => ({ scope: "client" as const, name, limits })),
    ];
    known = {
      delegations: delegations.map(({ name, state }) => ({ name, state })),
      limits: holders.flatMap((holder) =>
        gateway.limits(holder).map(({ limit, used, reserved, max }) => ({
          scope: holder.scope,
          name: holder.name,
          limit,
          used: (used + reserved) / max,
        })),
      ),
    };
  };
  await read();
  let readAt = systemClock.monotonic();
  return () => {
    if (systemClock.monotonic() - readAt > STORE_MS) {
      readAt = systemClock.monotonic();
      // Until the new state is read, the previous one is shown.
      void read().catch(() => undefined);
    }
    return { ...known, ...gateway.status() };
  };
}
