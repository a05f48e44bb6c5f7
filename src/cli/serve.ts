/** `signet serve`: the gateway as a process, from its configuration to a clean end on SIGTERM. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import type { SettingsView } from "../admin/views.ts";
import type { Audit } from "../audit/types.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../gateway/line.ts";
import type { Insight } from "../insight/types.ts";
import type { Store } from "../store/store.ts";
import type { ListenSettings } from "../gateway/listen.ts";
import { createPrices } from "../prices/price.ts";
import { configSources, loadConfigOf, type CliContext } from "./context.ts";
import { watchSources } from "../notify/sources.ts";
import { serveAdmin } from "./serve-admin.ts";
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

const MIB = 1024 * 1024;
/** After a second signal, running calls get this long. */
const HURRY_SECONDS = 10;

export function serveCommand(context: CliContext): Command {
  return new Command("serve")
    .description("serve callers until SIGTERM or Ctrl-C; running calls may finish")
    .option("--json", "print the address as JSON")
    .addHelpText("after", example("signet serve", "signet --config /etc/signet.yaml serve --json"))
    .action(async (options: { json?: true }, command: Command) => {
      const config = await loadConfigOf(context, command);
      const { explainConfig } = await import("../config/load.ts");
      const settings = explainConfig(configSources(context, command)).map(
        ({ path: name, value, origin }) => ({
          path: name,
          value: value === undefined ? null : String(value),
          origin,
        }),
      );
      await serve(config, settings, ({ url, admin }) => {
        if (options.json) return context.out(JSON.stringify({ url, admin, version: VERSION }));
        context.out(`Signet serves at ${url}`);
        context.out(`Its console is at ${admin}`);
      });
    });
}

/** Resolves once everything is closed and on disk. */
async function serve(
  config: Config,
  settings: SettingsView["settings"],
  announce: (urls: { url: string; admin: string }) => void,
): Promise<void> {
  const log = await newLog(config);
  await using parts = new AsyncDisposableStack();
  const store = parts.adopt(await openStore(config), (opened) => opened.close());
  const audit = parts.adopt(await openLog(config, log), (opened) => opened.close());
  const { startGateway } = await import("../gateway/gateway.ts");
  const { awsSource } = await import("./principal.ts");
  const source = await awsSource(config.aws);
  const metrics = await openMetrics(config, parts, log);
  const calls = await openTelemetryFor(config, parts, log);
  const notifier = await openNotifier(config, parts, log);
  const insight = parts.adopt(await openIndex(config, log), (opened) => opened.close());
  const { loadPrices } = await import("../prices/file.ts");
  const table = loadPrices(config.prices.file);
  const { loadMasterKey } = await import("../credentials/master-key.ts");
  const masterKey = await loadMasterKey(config);
  const gateway = await startGateway({
    listen: listenSettings(config.listen),
    settings: config,
    store,
    audit,
    clock: systemClock,
    log,
    credentials: source,
    masterKey,
    prices: createPrices(table),
    limiter: await limiterFor(insight, notifier, log),
    ...observing([metrics?.observer, calls]),
  });
  metrics?.watch(VERSION, await stateReader({ gateway, audit, store }));
  parts.defer(await watchSources({ store, audit, clock: systemClock, notifier, log }));
  const admin = await serveAdmin({
    config,
    store,
    audit,
    insight,
    gateway,
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
    { url: gateway.url, version: VERSION, store: config.store.file, audit: config.audit.dir },
    "serving",
  );
  warnOfPlainText(config.listen, "listen.tls", log);
  warnOfPlainText(config.admin, "admin.tls", log);
  const stopped = stopSignal();
  announce({ url: gateway.url, admin: admin.url });
  await stopped;
  log.info({}, "draining");
  const quiet = verifying.stop();
  const ended = gateway.close(config.timeouts.drainSeconds);
  // Whoever looks on can see it drain.
  await Promise.race([ended, stopSignal().then(() => gateway.close(HURRY_SECONDS))]);
  await quiet;
  await admin.close();
  log.info({}, "drained");
}

/** Beside the log's folder. */
async function openIndex({ audit: { dir } }: Config, log: Log): Promise<Insight> {
  const { openInsight } = await import("../insight/open.ts");
  return openInsight({ auditDir: dir, file: path.join(path.dirname(dir), "insight.db"), log });
}

async function openStore({ store: { file } }: Config): Promise<Store> {
  const { openSqliteStore } = await import("../store/sqlite.ts");
  return openSqliteStore(file);
}

async function openLog(config: Config, log: Log): Promise<Audit> {
  const { openAudit } = await import("../audit/writer.ts");
  const { dir, signingKeyFile, segmentMiB, reserveMiB, checkpointRecords, checkpointSeconds } = config.audit;
  return openAudit({
    dir,
    signingKey: signingKeyFile,
    segmentBytes: segmentMiB * MIB,
    reserveBytes: reserveMiB * MIB,
    checkpointRecords,
    checkpointSeconds,
    clock: systemClock,
    version: VERSION,
    onTrouble: (error) => log.error({ reason: error.message }, "audit trouble"),
  });
}

function listenSettings({ host, port, tls }: Config["listen"]): ListenSettings {
  if (!tls) return { host, port };
  const { certFile, keyFile, plaintext } = tls;
  return {
    host,
    port,
    tls: { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), plaintext },
  };
}

async function newLog(config: Config): Promise<Log> {
  const { pino } = await import("pino");
  // Standard error, so that what a command answers can be piped.
  const log: Log = pino({ level: config.log.level, base: null }, pino.destination({ dest: 2, sync: true }));
  return log;
}

function warnOfPlainText(
  { host, tls }: { host: string; tls?: object | undefined },
  setting: string,
  log: Log,
): void {
  if (tls || /^(?:127\.|localhost$|::1$)/.test(host)) return;
  log.warn({ host }, `secrets travel in plain text: configure ${setting}, or a proxy that ends TLS`);
}
