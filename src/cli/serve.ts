/** `signet serve`: the gateway as a process, from its configuration to a clean end on SIGTERM. */
import cluster from "node:cluster";
import { Command, InvalidArgumentError } from "commander";
import type { SettingsView } from "../admin/views.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../gateway/line.ts";
import { createPrices } from "../prices/price.ts";
import { WORKER_VARIABLE } from "../workers/messages.ts";
import { configSources, loadConfigOf, type CliContext } from "./context.ts";
import { watchSources } from "../notify/sources.ts";
import { serveAdmin } from "./serve-admin.ts";
import { frontHere, frontOfWorkers } from "./serve-front.ts";
import { newLog, openIndex, openLog, openStore, recoverChains } from "./serve-parts.ts";
import {
  limiterFor,
  observing,
  openMetrics,
  openNotifier,
  openTelemetryFor,
  stateReader,
  tellOfFailure,
} from "./serve-watch.ts";
import { example } from "./output.ts";
import { stopSignal } from "./signals.ts";
import { VERSION } from "./version.ts";

/** After a second signal, running calls get this long. */
const HURRY_SECONDS = 10;
const MOST_WORKERS = 64;

export function serveCommand(context: CliContext): Command {
  return new Command("serve")
    .description("serve callers until SIGTERM or Ctrl-C; running calls may finish")
    .option(
      "--workers <n>",
      "processes that take calls, one a core; this one takes them itself with 1",
      workers,
      1,
    )
    .option("--json", "print the address as JSON")
    .addHelpText(
      "after",
      example("signet serve", "signet serve --workers 4", "signet --config /etc/signet.yaml serve --json"),
    )
    .action(async (options: { json?: true; workers: number }, command: Command) => {
      const config = await loadConfigOf(context, command);
      if (cluster.isWorker) {
        const { serveWorker } = await import("./serve-worker.ts");
        return serveWorker(config, Number(context.env[WORKER_VARIABLE]));
      }
      const { explainConfig } = await import("../config/load.ts");
      const settings = explainConfig(configSources(context, command)).map(
        ({ path: name, value, origin }) => ({
          path: name,
          value: value === undefined ? null : String(value),
          origin,
        }),
      );
      await serve({ config, settings, workers: options.workers }, ({ url, admin }) => {
        if (options.json) return context.out(JSON.stringify({ url, admin, version: VERSION }));
        context.out(`Signet serves at ${url}`);
        context.out(`Its console is at ${admin}`);
      });
    });
}

function workers(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_WORKERS) return number;
  throw new InvalidArgumentError(`a whole number from 1 to ${MOST_WORKERS}.`);
}

interface Serving {
  config: Config;
  /** The effective configuration as it is shown. */
  settings: SettingsView["settings"];
  workers: number;
}

/** Resolves once everything is closed and on disk. */
async function serve(
  { config, settings, workers: count }: Serving,
  announce: (urls: { url: string; admin: string }) => void,
): Promise<void> {
  const log = await newLog(config);
  await using parts = new AsyncDisposableStack();
  const store = parts.adopt(await openStore(config), (opened) => opened.close());
  const audit = parts.adopt(await openLog(config, log), (opened) => opened.close());
  audit.chains(await recoverChains(config, log));
  const { awsSource } = await import("./principal.ts");
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
