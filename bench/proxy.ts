/**
 * The process under measurement: the gateway with everything enabled, or the yardstick, with the same upstream. The
 * first argument chooses which; the URL and, on request, CPU time and memory are sent over the IPC channel.
 */
import { DEFAULT_ROLE, DEFAULT_TRUST } from "../src/core/delegation.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import path from "node:path";
import { openAudit } from "../src/audit/writer.ts";
import { AUDIT_DEFAULTS, type Audit } from "../src/audit/types.ts";
import { settingsSchema } from "../src/config/schema.ts";
import { systemClock } from "../src/core/clock.ts";
import type { Limits } from "../src/core/limits.ts";
import { keyDigest, newKeySecret } from "../src/core/ids.ts";
import { Secret } from "../src/core/secret.ts";
import type { CredentialSource } from "../src/credentials/sts.ts";
import { startGateway } from "../src/gateway/gateway.ts";
import { createMetrics } from "../src/observe/metrics.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { startYardstick } from "./yardstick.ts";

/** `gateway`: everything on. `gateway-unwatched`: without metrics and limits. */
export type Mode = "gateway" | "gateway-unwatched" | "gateway-not-waiting" | "yardstick";

export interface Usage {
  /** User and system time of the process so far, microseconds. */
  cpu: number;
  /** Resident set, bytes. */
  rss: number;
}

const quiet = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };

async function main(mode: Mode, origin: string, keys: number): Promise<void> {
  const started =
    mode === "yardstick"
      ? { url: await startYardstick(origin), token: "none" }
      : await gateway(mode, origin, keys);
  process.on("message", (asked) => {
    // Only for memory: a collection also discards compiled code, and compiling it again would count as the calls' CPU.
    if (asked === "memory") globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() } satisfies Usage);
  });
  process.on("disconnect", () => process.exit());
  process.send?.(started);
}

async function gateway(mode: Mode, origin: string, keys: number): Promise<{ url: string; token: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), "signet-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "signet.db");
  const store = await openSqliteStore(file);
  const token = await seed(store, mode === "gateway-unwatched" ? undefined : LIMITS);
  addKeys(file, keys);
  const config = settingsSchema.parse({});
  const audit = await openAudit({
    ...AUDIT_DEFAULTS,
    dir: path.join(folder, "audit"),
    clock: systemClock,
    version: "bench",
    onTrouble: (error) => console.error(error.message),
  });
  const { url } = await startGateway({
    listen: { host: "127.0.0.1", port: 0 },
    settings: {
      aws: { fips: false, dualstack: false, proxy: {}, endpoints: { bedrockRuntime: origin } },
      limits: { ...config.limits, concurrentCalls: 10_000 },
      timeouts: config.timeouts,
      callerGone: config.callerGone,
    },
    store,
    audit: mode === "gateway-not-waiting" ? notWaiting(audit) : audit,
    clock: systemClock,
    log: quiet,
    credentials: fixedCredentials,
    ...(mode === "gateway-unwatched" ? {} : { observer: createMetrics(systemClock).observer }),
  });
  return { url, token };
}

/** The same records with the same fsyncs, but answers don't wait for them: what is left is the cost of waiting. */
function notWaiting(audit: Audit): Audit {
  return {
    intent: (record) => ({ ...audit.intent(record), durable: Promise.resolve() }),
    outcome: (record) => audit.outcome(record),
    change: async () => undefined,
    refusal: (record) => audit.refusal(record),
    chains: (heads) => audit.chains(heads),
    head: () => audit.head(),
    available: () => audit.available(),
    stats: () => audit.stats(),
    close: () => audit.close(),
  };
}

const session = {
  credentials: {
    accessKeyId: "ASIABENCH",
    secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    sessionToken: new Secret("t".repeat(400)),
  },
  expiresAt: Infinity,
};
const fixedCredentials: CredentialSource = {
  base: async () => session,
  assumeRole: async () => session,
  scoped: async () => session,
};

/** More than a run uses: what is measured is the counting. */
const LIMITS: Limits = {
  requestsPerMinute: 10_000_000,
  concurrentCalls: 10_000,
  tokensPerDay: 1e12,
  costPerMonth: 1e6,
};

/** One key, which is used. */
async function seed(store: Store, limits: Limits | undefined): Promise<string> {
  const grants = [
    { operations: ["*" as const], models: ["us.anthropic.*"], regions: ["us-east-1"], settings: [] },
  ];
  await store.delegations.add({
    name: "bench",
    state: "active",
    account: "123456789012",
    partition: "aws",
    roleArn: "arn:aws:iam::123456789012:role/bench",
    externalId: "sgx-bench",
    region: "us-east-1",
    grants,
    session: { durationSeconds: 3600, tags: {} },
    aliases: [],
    recordContent: false,
    trust: DEFAULT_TRUST,
    role: DEFAULT_ROLE,
    createdAt: 0,
  });
  await store.clients.add({
    name: "bench",
    delegations: [{ delegation: "bench", grants: null }],
    ...(limits && { limits }),
    createdAt: 0,
  });
  const { id, secret } = newKeySecret();
  const token = secret.reveal();
  await store.keys.add({
    id,
    client: "bench",
    delegation: "bench",
    grants: null,
    digest: keyDigest(token),
    createdAt: 0,
  });
  return token;
}

/** Keys that nobody uses, as many as it takes. */
function addKeys(file: string, keys: number): void {
  const database = new DatabaseSync(file);
  database
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO key (id, client, delegation, digest, created_at, revision)
       SELECT printf('k%011d', i), client, delegation, lower(hex(randomblob(32))), created_at, revision FROM key, n`,
    )
    .run(keys - 1);
  database.close();
}

const [, , mode = "", origin = "", keys = ""] = process.argv;
await main(mode as Mode, origin, Number(keys));
