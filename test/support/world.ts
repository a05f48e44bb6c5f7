/**
 * A complete world for scenarios: the strict sandbox in place of AWS, a real store and audit log in a temporary folder,
 * and the gateway on a real port. Everything is closed by `close`, which throws if AWS got a member that it doesn't have.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { readCalls, type Call } from "../../src/audit/calls.ts";
import { AUDIT_DEFAULTS, type Audit } from "../../src/audit/types.ts";
import { openAudit } from "../../src/audit/writer.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { systemClock, type Clock } from "../../src/core/clock.ts";
import {
  DEFAULT_ROLE,
  DEFAULT_TRUST,
  type Client,
  type Delegation,
  type Grant,
  type Key,
} from "../../src/core/delegation.ts";
import { keyDigest, newAccessKeyPair, newKeySecret } from "../../src/core/ids.ts";
import { masterKeyOf, type MasterKey } from "../../src/core/seal.ts";
import { Secret } from "../../src/core/secret.ts";
import { awsCredentialSource, type CredentialSource } from "../../src/credentials/sts.ts";
import { startGateway, type Gateway } from "../../src/gateway/gateway.ts";
import type { LineSettings } from "../../src/gateway/line.ts";
import type { ListenSettings } from "../../src/http/listen.ts";
import type { Registry } from "../../src/protocols/registry.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

export const ACCOUNT = "111122223333";
export const EXTERNAL_ID = "sgx-test-external-id";
export const HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0";

const ALL: Grant[] = [{ operations: ["*"], models: ["*"], regions: ["us-east-1"], settings: [] }];

export interface WorldOptions {
  listen?: Partial<ListenSettings>;
  settings?: {
    limits?: Partial<LineSettings["limits"]>;
    timeouts?: Partial<LineSettings["timeouts"]>;
    callerGone?: Partial<LineSettings["callerGone"]>;
    endpoints?: LineSettings["aws"]["endpoints"];
    proxy?: LineSettings["aws"]["proxy"];
  };
  grants?: Grant[];
  delegation?: Partial<Delegation>;
  clock?: Clock;
  protocols?: Registry;
  /** Between the gateway and STS: to inspect or corrupt what passes. */
  credentials?: (source: CredentialSource) => CredentialSource;
  /** The store as the gateway sees it, and the audit log: to simulate disk failures. */
  followed?: (store: Store) => Store;
  audit?: (audit: Audit) => Audit;
}

export interface World {
  /** Everything on disk: the store, the audit log and its key. */
  folder: string;
  storeFile: string;
  /** Signet's own long-term secret. */
  baseSecretKey: string;
  /** Signet's own identity in the sandbox. */
  base: { accessKeyId: string; secretAccessKey: string };
  baseUserArn: string;
  sandbox: Sandbox;
  store: Store;
  audit: Audit;
  auditDir: string;
  gateway: Gateway;
  roleArn: string;
  /** A secret of the client `app` for the delegation `team-a`. */
  token: string;
  masterKey: MasterKey;
  /** The gateway's log, one JSON text each. */
  logged: string[];
  newKey(change?: Partial<Key>): Promise<{ id: string; token: string }>;
  /** An access-key pair of the same client for the same delegation. */
  newPair(change?: Partial<Key>): Promise<{ id: string; accessKeyId: string; secretAccessKey: string }>;
  /** The audit log's calls so far. */
  calls(): Promise<Call[]>;
  /** The audit log's calls once there are `count` that have ended. */
  ended(count: number): Promise<Call[]>;
  close(): Promise<void>;
}

export async function newWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), "signet-test-"));
  const clock = options.clock ?? systemClock;
  const sandbox = await startSandbox({ clock: () => clock.now() });
  const base = seedDefaults(sandbox);
  const roleArn = delegateRole(sandbox, base.userArn);
  const storeFile = path.join(folder, "signet.db");
  const store = await openSqliteStore(storeFile);
  const grants = options.grants ?? ALL;
  await store.delegations.add({ ...newDelegation(roleArn, grants), ...options.delegation });
  const client: Client = { name: "app", delegations: [{ delegation: "team-a", grants: null }], createdAt: 0 };
  await store.clients.add(client);
  const { token } = await addKey(store);
  const masterKey = masterKeyOf(randomBytes(32));
  const auditDir = path.join(folder, "audit");
  const troubles: Error[] = [];
  const audit = await openAudit({
    ...AUDIT_DEFAULTS,
    dir: auditDir,
    clock,
    version: "test",
    onTrouble: (error) => troubles.push(error),
  });
  const logged: string[] = [];
  const log = (fields: Record<string, unknown>, message: string) =>
    void logged.push(JSON.stringify({ ...fields, message }));
  const source = awsCredentialSource({
    fips: false,
    dualstack: false,
    endpoint: sandbox.url,
    base: { accessKeyId: base.accessKeyId, secretAccessKey: new Secret(base.secretAccessKey) },
  });
  const gateway = await startGateway({
    listen: { host: "127.0.0.1", port: 0, ...options.listen },
    settings: settingsOf(options, sandbox.url),
    store: options.followed?.(store) ?? store,
    audit: options.audit?.(audit) ?? audit,
    clock,
    log: { debug: log, info: log, warn: log, error: log },
    credentials: options.credentials?.(source) ?? source,
    masterKey,
    ...(options.protocols && { protocols: options.protocols }),
  });
  const calls = () => collect(auditDir);
  const newKey: World["newKey"] = async (change = {}) => {
    const added = await addKey(store, change);
    if (change.expiresAt === undefined && change.revokedAt === undefined)
      await isKnown(gateway.url, added.token);
    return added;
  };
  return {
    folder,
    storeFile,
    baseSecretKey: base.secretAccessKey,
    base,
    baseUserArn: base.userArn,
    sandbox,
    store,
    audit,
    auditDir,
    gateway,
    roleArn,
    token,
    logged,
    masterKey,
    newKey,
    async newPair(change = {}) {
      const { accessKeyId, secretAccessKey } = newAccessKeyPair();
      const sealedSecret = masterKey.seal(accessKeyId, secretAccessKey);
      const { id } = await addKey(store, { accessKeyPair: { accessKeyId, sealedSecret }, ...change });
      // The gateway reads changes in order: once it knows a key that was made later, it knows the pair.
      await newKey();
      return { id, accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    },
    calls,
    ended: (count) =>
      until(async () => {
        const found = (await calls()).filter(({ outcome }) => outcome !== "running");
        return found.length >= count ? found : undefined;
      }),
    async close() {
      await gateway.close(0);
      await audit.close();
      await store.close();
      const unknown = sandbox.calls().flatMap(({ unknownMembers }) => unknownMembers);
      await sandbox.close();
      // AWS ignores them: what Signet misspells would be lost without a word.
      if (unknown.length > 0) throw new Error(`AWS's model has no ${unknown.join(", ")}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Retries until there is an answer; limited by the test's own timeout. */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
}

function settingsOf(options: WorldOptions, sandboxUrl: string): LineSettings {
  const { limits, timeouts, callerGone } = settingsSchema.parse({});
  const { settings = {} } = options;
  const endpoints = {
    sts: sandboxUrl,
    bedrockRuntime: sandboxUrl,
    bedrockMantle: sandboxUrl,
    bedrock: sandboxUrl,
    ...settings.endpoints,
  };
  return {
    aws: { fips: false, dualstack: false, proxy: settings.proxy ?? {}, endpoints },
    limits: { ...limits, ...settings.limits },
    timeouts: { ...timeouts, ...settings.timeouts },
    callerGone: { ...callerGone, ...settings.callerGone },
  };
}

export function newDelegation(roleArn: string, grants: Grant[]): Delegation {
  return {
    name: "team-a",
    state: "active",
    account: ACCOUNT,
    partition: "aws",
    roleArn,
    externalId: EXTERNAL_ID,
    region: "us-east-1",
    grants,
    session: { durationSeconds: 3600, tags: {} },
    aliases: [],
    recordContent: false,
    trust: DEFAULT_TRUST,
    role: DEFAULT_ROLE,
    createdAt: 0,
  };
}

export async function addKey(
  store: Store,
  change: Partial<Key> = {},
): Promise<{ id: string; token: string }> {
  const { id, secret } = newKeySecret();
  const token = secret.reveal();
  const key: Key = {
    id,
    client: "app",
    delegation: "team-a",
    grants: null,
    digest: keyDigest(token),
    createdAt: 0,
  };
  await store.keys.add({ ...key, ...change });
  return { id, token };
}

/** The account owner's part: one role that trusts Signet's user under the External ID and may use Bedrock. */
export function delegateRole(sandbox: Sandbox, userArn: string): string {
  const role = sandbox.iam.createRole({
    account: ACCOUNT,
    roleName: "bedrock",
    trustPolicy: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: userArn },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "sts:ExternalId": EXTERNAL_ID } },
        },
      ],
    },
    inlinePolicies: {
      bedrock: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: ["bedrock:*", "s3:PutObject"], Resource: "*" }],
      },
    },
  });
  return role.arn;
}

/** A key created by another process is known within a second; no test depends on the exact time. */
async function isKnown(url: string, token: string): Promise<void> {
  await until(async () => {
    const answer = await fetch(`${url}/async-invoke`, {
      method: "POST",
      headers: { "x-api-key": token },
      body: "?",
    });
    return answer.headers.get("x-signet-error") === "authentication_failed" ? undefined : true;
  });
}

async function collect(dir: string): Promise<Call[]> {
  return Array.fromAsync(readCalls(dir, {}));
}
