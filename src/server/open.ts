/** Opens the parts of a serving process as configured. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Audit } from "../audit/types.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { ListenSettings } from "../http/listen.ts";
import type { Insight } from "../call-index/types.ts";
import type { Store } from "../store/store.ts";
import { VERSION } from "../core/version.ts";

const MIB = 1024 * 1024;

/** `worker`: its number, added to each line. */
export async function newLog({ log: { level } }: Config, worker?: number): Promise<Log> {
  const { pino } = await import("pino");
  const base = worker === undefined ? null : { worker };
  // Standard error, so that a command's output can be piped.
  const log: Log = pino({ level, base }, pino.destination({ dest: 2, sync: true }));
  return log;
}

export async function openStore({ store: { file } }: Config): Promise<Store> {
  const { openSqliteStore } = await import("../store/sqlite.ts");
  return openSqliteStore(file);
}

/** `dir`: the chain's own folder. All chains are signed with one key. */
export async function openAuditLog(config: Config, log: Log, dir: string = config.audit.dir): Promise<Audit> {
  const { openAudit } = await import("../audit/writer.ts");
  const { signingKeyFile, segmentMiB, reserveMiB, checkpointRecords, checkpointSeconds } = config.audit;
  return openAudit({
    dir,
    signingKey: signingKeyFile,
    segmentBytes: segmentMiB * MIB,
    reserveBytes: reserveMiB * MIB,
    checkpointRecords,
    checkpointSeconds,
    clock: systemClock,
    version: VERSION,
    onTrouble: (error) => log.error({ reason: error.message }, "the audit log has a problem"),
  });
}

/**
 * Closes calls that workers of an earlier run left open, however many there were. Returns the heads of their chains.
 */
export async function recoverChains(config: Config, log: Log) {
  const { chainsOf, MAIN_CHAIN } = await import("../audit/segments.ts");
  const chains = chainsOf(config.audit.dir).filter(({ name }) => name !== MAIN_CHAIN);
  return Promise.all(
    chains.map(async ({ name, dir }) => {
      const audit = await openAuditLog(config, log, dir);
      await audit.close();
      return { name, ...audit.head() };
    }),
  );
}

/** The index is beside the log's folder. */
export async function openIndex({ audit: { dir } }: Config, log: Log): Promise<Insight> {
  const { openInsight } = await import("../call-index/open.ts");
  return openInsight({
    auditDir: dir,
    file: path.join(path.dirname(dir), "insight.db"),
    log,
    clock: systemClock,
  });
}

export function listenSettings({ host, port, tls }: Config["listen"]): ListenSettings {
  if (!tls) return { host, port };
  const { certFile, keyFile, plaintext } = tls;
  return {
    host,
    port,
    tls: { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), plaintext },
  };
}

/** AWS's STS with Signet's own credentials, as configured. */
export async function awsSource(aws: Config["aws"]) {
  const { awsCredentialSource } = await import("../credentials/sts.ts");
  const { fips, dualstack, endpoints, proxy } = aws;
  return awsCredentialSource({
    fips,
    dualstack,
    proxy,
    ...(endpoints.sts === undefined ? {} : { endpoint: endpoints.sts }),
  });
}
