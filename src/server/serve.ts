/** The gateway as a whole process runs it: the line or its workers, the admin API, what watches over both. */
import type { SettingsView } from "../admin/views/settings.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { VERSION } from "../core/version.ts";
import { watchSources } from "../notify/sources.ts";
import { createPrices } from "../prices/price.ts";
import { serveAdmin } from "./admin.ts";
import { frontHere, frontOfWorkers } from "./front.ts";
import { awsSource, newLog, openIndex, openLog, openStore, recoverChains } from "./parts.ts";
import { stopSignal } from "./signals.ts";
import {
  limiterFor,
  observing,
  openMetrics,
  openNotifier,
  openTelemetryFor,
  stateReader,
  tellOfFailure,
} from "./watch.ts";

/** After a second signal, running calls get this long. */
const HURRY_SECONDS = 10;

export interface Serving {
  config: Config;
  /** The effective configuration as it is shown. */
  settings: SettingsView["settings"];
  workers: number;
}

/** Resolves once everything is closed and on disk. */
export async function serve(
  { config, settings, workers: count }: Serving,
  announce: (urls: { url: string; admin: string }) => void,
): Promise<void> {
  const log = await newLog(config);
  await using parts = new AsyncDisposableStack();
  const store = parts.adopt(await openStore(config), (opened) => opened.close());
  const audit = parts.adopt(await openLog(config, log), (opened) => opened.close());
  audit.chains(await recoverChains(config, log));
  const source = await awsSource(config.aws);
  const metrics = await openMetrics(config, parts, log);
  const calls = count === 1 ? await openTelemetryFor(config, parts, log) : undefined;
  const notifier = await openNotifier(config, parts, log);
  const insight = parts.adopt(await openIndex(config, log), (opened) => opened.close());
  const { loadPrices } = await import("../prices/file.ts");
  const table = loadPrices(config.prices.file);
  const { loadMasterKey } = await import("../credentials/master-key.ts");
  const masterKey = await loadMasterKey(config);
  const taking = {
    config,
    store,
    audit,
    log,
    source,
    masterKey,
    prices: createPrices(table),
    limiter: await limiterFor(insight, notifier, log),
    ...observing([metrics?.observer, calls]),
  };
  const front = count === 1 ? await frontHere(taking) : await frontOfWorkers(count, taking, metrics);
  metrics?.watch(VERSION, await stateReader({ front, store }));
  const available = () => front.audit().available;
  parts.defer(await watchSources({ store, audit: { available }, clock: systemClock, notifier, log }));
  const admin = await serveAdmin({
    config,
    store,
    insight,
    front,
    source,
    masterKey,
    prices: table,
    notifier,
    log,
    settings,
  });
  const { startVerifying } = await import("../probes/schedule.ts");
  const verifying = startVerifying({
    store,
    probe: { source, clock: systemClock, aws: config.aws },
    intervalMs: config.verification.intervalMinutes * 60_000,
    clock: systemClock,
    log,
    onVerified(verification, before, after) {
      metrics?.verified(verification, before, after);
      if (verification.verdict === "fail") tellOfFailure(notifier, verification);
    },
  });
  log.info(
    { url: front.url, version: VERSION, store: config.store.file, audit: config.audit.dir },
    "serving",
  );
  warnOfPlainText(config.listen, "listen.tls", log);
  warnOfPlainText(config.admin, "admin.tls", log);
  const stopped = stopSignal();
  announce({ url: front.url, admin: admin.url });
  await stopped;
  log.info({}, "draining");
  const quiet = verifying.stop();
  const ended = front.close(config.timeouts.drainSeconds);
  // Whoever looks on can see it drain.
  await Promise.race([ended, stopSignal().then(() => front.close(HURRY_SECONDS))]);
  await quiet;
  await admin.close();
  log.info({}, "drained");
}

function warnOfPlainText(
  { host, tls }: { host: string; tls?: object | undefined },
  setting: string,
  log: Log,
): void {
  if (tls || /^(?:127\.|localhost$|::1$)/.test(host)) return;
  log.warn({ host }, `secrets travel in plain text: configure ${setting}, or a proxy that ends TLS`);
}
