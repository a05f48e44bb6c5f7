/** What watches over a gateway, as configured: metrics, traces, events, and budgets that go on where they were. */
import { readFileSync } from "node:fs";
import type { Observer } from "../audit/observer.ts";
import type { Config } from "../config/schema.ts";
import { pause, systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import type { Verification } from "../core/verification.ts";
import { OperatorError } from "../registry/errors.ts";
import type { Log } from "../core/log.ts";
import type { Insight, Period, Spent } from "../call-index/types.ts";
import { createLimiter, type Limiter, type ThresholdEvent } from "../limits/limiter.ts";
import { dayOf, monthOf, nextDay, nextMonth } from "../limits/periods.ts";
import { createNotifier, type Notifier } from "../notify/notifier.ts";
import { createAccessLog, observerOf } from "../observe/access-log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { GatewayState } from "../observe/state.ts";
import type { Store } from "../store/store.ts";
import type { Front } from "./front.ts";
import { VERSION } from "../core/version.ts";

/** Counts on from what was spent before, by the log: budgets survive a restart, however it came about. */
export async function limiterFor(insight: Insight, notifier: Notifier, log: Log): Promise<Limiter> {
  const limiter = createLimiter(systemClock, (event) => {
    log.warn({ ...event }, "a budget is nearly used up");
    tellOfBudget(notifier, event);
  });
  const now = systemClock.now();
  const day = await spentIn(insight, { since: dayOf(now), until: nextDay(now) }, log);
  const month = await spentIn(insight, { since: monthOf(now), until: nextMonth(now) }, log);
  limiter.load({ day, month });
  return limiter;
}

const INDEX_MS = 60_000;

/** Waits for the index where it is being opened or made; rejects where that takes too long. */
async function spentIn(insight: Insight, period: Period, log: Log): Promise<Spent[]> {
  const until = systemClock.monotonic() + INDEX_MS;
  for (;;) {
    try {
      return await insight.spent(period);
    } catch (error) {
      if (systemClock.monotonic() > until) throw error;
      log.info({}, "waiting for the index of calls, to know what is spent");
      await pause(systemClock, 500);
    }
  }
}

/** One observer of several; none where nobody wants to know. */
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

/** The Prometheus endpoint, where one is configured. */
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

/** Traces where a collector is configured, and a line for each call at the log's level debug. */
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

export async function openNotifier(config: Config, parts: AsyncDisposableStack, log: Log): Promise<Notifier> {
  const settings = await webhookOf(config);
  if (!settings) return createNotifier(systemClock, () => undefined);
  const { openWebhook } = await import("../notify/webhook.ts");
  const webhook = parts.adopt(openWebhook(settings, systemClock, log), (opened) => opened.close());
  return createNotifier(systemClock, (event) => webhook.deliver(event));
}

/** Throws OperatorError where the secret can't be read or has another form. */
export async function webhookOf({ webhook }: Config): Promise<{ url: string; secret: Secret } | undefined> {
  const { url, secretFile } = webhook;
  if (url === undefined || secretFile === undefined) return undefined;
  const { webhookKey } = await import("../notify/webhook.ts");
  const text = readFileSync(secretFile, "utf8").trim();
  if (webhookKey(text)) return { url, secret: new Secret(text) };
  const message = "must hold whsec_ and at least 24 bytes in base64";
  throw new OperatorError("invalid", [{ field: "webhook.secretFile", message }]);
}

/** The state as metrics tell it. What the store has is read again every five seconds at most. */
export async function stateReader({
  front,
  store,
}: {
  front: Front;
  store: Store;
}): Promise<() => GatewayState> {
  let known: Pick<GatewayState, "delegations" | "limits"> = { delegations: [], limits: [] };
  const read = async () => {
    const [delegations, clients] = await Promise.all([store.delegations.list(), store.clients.list()]);
    const holders = [
      ...delegations.map(({ name, limits }) => ({ scope: "delegation" as const, name, limits })),
      ...clients.map(({ name, limits }) => ({ scope: "client" as const, name, limits })),
    ];
    known = {
      delegations: delegations.map(({ name, state }) => ({ name, state })),
      limits: holders.flatMap((holder) =>
        front.limits(holder).map(({ limit, used, reserved, max }) => ({
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
    if (systemClock.monotonic() - readAt > 5_000) {
      readAt = systemClock.monotonic();
      // Until it is there, what was known before is told.
      void read().catch(() => undefined);
    }
    const { available, stats } = front.audit();
    return { ...known, ...front.state(), audit: { ...stats, available } };
  };
}

export function tellOfBudget(notifier: Notifier, { scope, name, limit, percent }: ThresholdEvent): void {
  const words = limit.replaceAll("-", " ");
  notifier.emit("budget.threshold", `${scope}/${name}`, `${percent} % of the budget of ${words} is used.`);
}

export function tellOfFailure(notifier: Notifier, { delegation, probes }: Verification): void {
  const failing = probes.filter(({ status, required }) => required && status === "fail");
  const what = failing.map(({ title }) => title).join("; ");
  notifier.emit("verification.failed", `delegation/${delegation}`, `A verification failed: ${what}.`);
}
