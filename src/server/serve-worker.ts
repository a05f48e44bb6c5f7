/**
 * One worker of `signet serve --workers`: the request line and its own audit chain. Everything else is in the primary.
 */
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import { createPrices } from "../prices/price.ts";
import { observing, openTelemetryFor } from "./observers.ts";
import { awsSource, listenSettings, newLog, openAuditLog, openStore } from "./open.ts";

/** Resolves once everything is closed and on disk. */
export async function serveWorker(config: Config, number: number): Promise<void> {
  // A signal to the process group also reaches the primary, which then asks its workers to stop.
  process.on("SIGTERM", () => undefined);
  process.on("SIGINT", () => undefined);
  const log = await newLog(config, number);
  await using parts = new AsyncDisposableStack();
  const [{ startGateway }, { loadPrices }, { loadMasterKey }, { workerChain }, workers] = await Promise.all([
    import("../gateway/gateway.ts"),
    import("../prices/file.ts"),
    import("../credentials/master-key.ts"),
    import("../audit/segments.ts"),
    import("./workers/worker.ts"),
  ]);
  const store = parts.adopt(await openStore(config), (opened) => opened.close());
  const chain = workerChain(config.audit.dir, number);
  const audit = parts.adopt(await openAuditLog(config, log, chain.dir), (opened) => opened.close());
  const metrics = config.prometheus.port === undefined ? undefined : await newMetrics();
  const calls = await openTelemetryFor(config, parts, log);
  const limiting = workers.limitingOfPrimary();
  const gateway = await startGateway({
    listen: listenSettings(config.listen),
    settings: config,
    store,
    audit,
    clock: systemClock,
    log,
    credentials: await awsSource(config.aws),
    masterKey: await loadMasterKey(config),
    prices: createPrices(loadPrices(config.prices.file)),
    limiting,
    leavesChanges: true,
    ...observing([metrics?.observer, calls]),
  });
  const own = {
    chain: chain.name,
    audit,
    gateway,
    limiting,
    metrics: async () => (await metrics?.json()) ?? [],
  };
  log.info({ url: gateway.url }, "serving");
  await workers.obeyPrimary(own);
  await audit.close();
  await workers.reportEnd(own);
}

async function newMetrics() {
  const { createMetrics } = await import("../observe/metrics.ts");
  return createMetrics(systemClock);
}
