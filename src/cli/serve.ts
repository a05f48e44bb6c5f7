/** `signet serve`: the gateway as a process, from its configuration to a clean end on SIGTERM. */
import { readFileSync } from "node:fs";
import type { Config } from "../config/schema.ts";
import type { Log } from "../gateway/line.ts";
import type { ListenSettings } from "../gateway/listen.ts";
import { VERSION } from "./version.ts";

const MIB = 1024 * 1024;
/** After a second signal, running calls get this long. */
const HURRY_SECONDS = 10;

/** Serves until a signal says otherwise. Resolves once everything is closed and on disk. */
export async function serve(config: Config, json: boolean): Promise<void> {
  const [{ openAudit }, { openSqliteStore }, { startGateway }, { systemClock }, log] = await Promise.all([
    import("../audit/writer.ts"),
    import("../store/sqlite.ts"),
    import("../gateway/gateway.ts"),
    import("../core/clock.ts"),
    newLog(config),
  ]);
  const { dir, signingKeyFile, segmentMiB, reserveMiB, checkpointRecords, checkpointSeconds } = config.audit;
  const store = await openSqliteStore(config.store.file);
  const audit = await openAudit({
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
  const gateway = await startGateway({
    listen: listenSettings(config.listen),
    settings: config,
    store,
    audit,
    clock: systemClock,
    log,
  });
  announce(gateway.url, config, log, json);
  const seconds = await stopSignal(config.timeouts.drainSeconds);
  log.info({}, "draining");
  await Promise.race([gateway.close(seconds), secondSignal().then(() => gateway.close(HURRY_SECONDS))]);
  await audit.close();
  await store.close();
  log.info({}, "stopped");
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
  return pino({ level: config.log.level, base: null }, pino.destination({ dest: 2, sync: true }));
}

function announce(url: string, config: Config, log: Log, json: boolean): void {
  log.info({ url, version: VERSION, store: config.store.file, audit: config.audit.dir }, "serving");
  if (!config.listen.tls && !/^(?:127\.|localhost$|::1$)/.test(config.listen.host)) {
    log.warn(
      { host: config.listen.host },
      "secrets travel in plain text: configure listen.tls, or a proxy that ends TLS",
    );
  }
  console.log(json ? JSON.stringify({ url, version: VERSION }) : `Signet serves at ${url}`);
}

function stopSignal(drainSeconds: number): Promise<number> {
  return new Promise((resolve) => {
    const stop = () => resolve(drainSeconds);
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
  });
}

function secondSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}
