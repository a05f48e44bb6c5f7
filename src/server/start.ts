/** The composition root of `serve`: opens the parts in order, starts them, and closes them in reverse. */
import { explainConfig, loadConfig, type ConfigSources } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { nameGeographies } from "../core/model.ts";
import { VERSION } from "../core/version.ts";
import { watchSources } from "../notify/sources.ts";
import type { Metrics } from "../observe/metrics.ts";
import { createPrices } from "../prices/price.ts";
import { startAdminApi, type AdminApiParts } from "./admin-api.ts";
import { startGatewayFor, type RunningGateway } from "./gateway.ts";
import { limiterFor } from "./limiter.ts";
import { openNotifier, reportFailure } from "./notifier.ts";
import { observing, openMetrics, openTelemetryFor, stateReader } from "./observers.ts";
import { awsSource, newLog, openAuditLog, openIndex, openStore, recoverChains } from "./open.ts";

/** A gateway that is running, with its admin API and console. */
export interface Served {
  /** Where callers reach it, such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Where operators reach the admin API and the console. */
  readonly admin: string;
  /**
   * Refuses new calls, gives running ones that many seconds (default: `timeouts.drainSeconds`), then closes everything.
   * Resolves once everything is on disk. Call it again with fewer seconds to shorten the wait.
   */
  close(seconds?: number): Promise<void>;
}

interface Opened extends AdminApiParts {
  config: Config;
  log: Log;
  gateway: RunningGateway;
  metrics: Metrics | undefined;
}

/** `workers`: processes that take calls; with one, this process does. If a part can't start, the others are closed. */
export async function start(sources: ConfigSources, { workers }: { workers: number }): Promise<Served> {
  const config = loadConfig(sources);
  nameGeographies(config.aws.geographies?.split(/, ?/));
  const log = await newLog(config);
  await using parts = new AsyncDisposableStack();
  const opened = await open(parts, { config, sources, workers, log });
  const { store, gateway } = opened;
  const available = () => gateway.status().audit.available;
  const watching = { store, audit: { available }, clock: systemClock, notifier: opened.notifier, log };
  parts.defer(await watchSources(watching));
  const admin = parts.adopt(await startAdminApi(opened), (started) => started.close());
  const verifying = parts.adopt(await startVerifying(opened), (started) => started.stop());
  const { file } = config.store;
  log.info({ url: gateway.url, version: VERSION, store: file, audit: config.audit.dir }, "serving");
  warnOfPlainText(config.listen, "listen.tls", log);
  warnOfPlainText(config.admin, "admin.tls", log);

  const running = parts.move();
  const drained = Promise.withResolvers<void>();
  const end = async () => {
    log.info({}, "draining");
    // Verifications stop immediately; the admin API stays up to show the draining.
    const quiet = verifying.stop();
    await drained.promise.finally(() => quiet);
    await running.disposeAsync();
    log.info({}, "drained");
  };
  let ended: Promise<void> | undefined;
  return {
    url: gateway.url,
    admin: admin.url,
    close(seconds = config.timeouts.drainSeconds) {
      ended ??= end();
      gateway.close(seconds).then(drained.resolve, drained.reject);
      return ended;
    },
  };
}

interface Opening {
  config: Config;
  sources: ConfigSources;
  workers: number;
  log: Log;
}

/** From the store up to the gateway. */
async function open(
  parts: AsyncDisposableStack,
  { config, sources, workers, log }: Opening,
): Promise<Opened> {
  const store = parts.adopt(await openStore(config), (opened) => opened.close());
  const audit = parts.adopt(await openAuditLog(config, log), (opened) => opened.close());
  audit.chains(await recoverChains(config, log));
  const source = await awsSource(config.aws);
  const metrics = await openMetrics(config, parts, log);
  const calls = workers === 1 ? await openTelemetryFor(config, parts, log) : undefined;
  const notifier = await openNotifier(config, parts, log);
  const insight = parts.adopt(await openIndex(config, log), (opened) => opened.close());
  const [{ loadPrices }, { loadMasterKey }] = await Promise.all([
    import("../prices/file.ts"),
    import("../credentials/master-key.ts"),
  ]);
  const prices = loadPrices(config.prices.file);
  const masterKey = await loadMasterKey(config);
  const limiter = await limiterFor(insight, notifier, log);
  const gateway = await startGatewayFor(
    workers,
    {
      config,
      store,
      audit,
      log,
      source,
      masterKey,
      prices: createPrices(prices),
      limiter,
      ...observing([metrics?.observer, calls]),
    },
    metrics,
  );
  // Already drained unless the start fails; closing it again is harmless.
  parts.defer(() => gateway.close(0));
  metrics?.watch(VERSION, await stateReader({ gateway, store }));
  const settings = explainConfig(sources).map(({ path, value, origin }) => ({
    path,
    value: value === undefined ? null : String(value),
    origin,
  }));
  return { config, store, insight, gateway, source, prices, notifier, masterKey, log, settings, metrics };
}

async function startVerifying({ config, store, source, log, metrics, notifier }: Opened) {
  const [{ startVerifying: begin }, { probeParts }] = await Promise.all([
    import("../probes/schedule.ts"),
    import("../probes/parts.ts"),
  ]);
  return begin({
    store,
    probe: probeParts({ source, clock: systemClock, aws: config.aws }),
    intervalMs: config.verification.intervalMinutes * 60_000,
    clock: systemClock,
    log,
    onVerified(verification, before, after) {
      metrics?.verified(verification, before, after);
      if (verification.verdict === "fail") reportFailure(notifier, verification);
    },
  });
}

function warnOfPlainText(
  { host, tls }: { host: string; tls?: object | undefined },
  setting: string,
  log: Log,
): void {
  if (tls || /^(?:127\.|localhost$|::1$)/.test(host)) return;
  log.warn({ host }, `secrets are sent in plain text: configure ${setting}, or use a TLS-terminating proxy`);
}
