/** A real `signet serve` over the strict sandbox, with its own delegation, client and key; and the parts of that. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Delegation } from "../../src/core/delegation.ts";
import type { Setting } from "../../src/core/settings.ts";
import type { Limits } from "../../src/core/limits.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { startServe, type ServeProcess } from "./process.ts";
import { addKey, delegateRole, newDelegation } from "./world.ts";

export interface Served {
  sandbox: Sandbox;
  /** Signet's own secret access key in the sandbox. */
  baseSecretKey: string;
  /** The data folder. */
  data: string;
  /** A key's secret. */
  token: string;
  roleArn: string;
  serving: ServeProcess;
  /** Stops the process and removes its files. */
  close(): Promise<void>;
}

export interface DataOptions {
  settings?: Setting[];
  delegation?: Partial<Delegation>;
  /** Of the client. */
  limits?: Limits;
}

export interface ServedOptions extends Omit<DataOptions, "limits"> {
  env?: Record<string, string>;
  /** Added to the environment once the sandbox is running. */
  envOf?: (sandbox: Sandbox) => Promise<Record<string, string>>;
}

/** The sandbox with a role that trusts Signet, and the environment in which Signet uses it. */
export async function startAws() {
  const sandbox = await startSandbox();
  const base = seedDefaults(sandbox);
  const roleArn = delegateRole(sandbox, base.userArn);
  const env = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
  };
  return { sandbox, roleArn, env };
}

/** A data folder whose store has an active delegation, the client `app` and a key of it. */
export async function newData(roleArn: string, { settings = [], delegation, limits }: DataOptions = {}) {
  const data = mkdtempSync(path.join(tmpdir(), "signet-served-"));
  const store = await openSqliteStore(path.join(data, "signet.db"));
  const grants = [{ operations: ["*" as const], models: ["*"], regions: ["us-east-1"], settings }];
  await store.delegations.add({ ...newDelegation(roleArn, grants), ...delegation });
  const delegations = [{ delegation: "team-a", grants: null }];
  await store.clients.add({ name: "app", delegations, createdAt: 0, ...(limits && { limits }) });
  const key = await addKey(store);
  await store.close();
  return { data, key, remove: () => rmSync(data, { recursive: true, force: true }) };
}

export async function startServed({ envOf, env, ...options }: ServedOptions = {}): Promise<Served> {
  const aws = await startAws();
  const { sandbox, roleArn } = aws;
  const { data, key, remove } = await newData(roleArn, options);
  const serving = await startServe({ data, env: { ...aws.env, ...env, ...(await envOf?.(sandbox)) } });
  return {
    sandbox,
    baseSecretKey: aws.env.AWS_SECRET_ACCESS_KEY,
    data,
    token: key.token,
    roleArn,
    serving,
    async close() {
      serving.child.kill("SIGTERM");
      await serving.ended;
      await sandbox.close();
      remove();
    },
  };
}
