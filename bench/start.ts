/** P10: from the start of `signet serve`, as it is shipped, to its first answered call; warm disk, Bedrock's sandbox. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { openCheckout } from "./against/checkout.ts";
import { seedDefaults, startSandbox } from "../sandbox/index.ts";
import { DEFAULT_ROLE, DEFAULT_TRUST } from "../src/core/delegation.ts";
import { keyDigest, newKeySecret } from "../src/core/ids.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import { median, UNARY, type Effort, type Figure } from "./sides.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const EXTERNAL_ID = "sgx-bench";
const ROLE = { account: "111122223333", roleName: "bench" };

export async function p10({ rounds }: Effort): Promise<Figure> {
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const sandbox = await startSandbox();
  const base = seedDefaults(sandbox);
  const { arn } = sandbox.iam.createRole({
    ...ROLE,
    trustPolicy: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: base.userArn },
          Action: "sts:AssumeRole",
          // Without it `serve` would suspend the delegation, as soon as it has found out.
          Condition: { StringEquals: { "sts:ExternalId": EXTERNAL_ID } },
        },
      ],
    },
    inlinePolicies: {
      bedrock: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "bedrock:*", Resource: "*" }],
      },
    },
  });
  const data = mkdtempSync(path.join(tmpdir(), "signet-start-"));
  const token = await seed(data, arn);
  const env = {
    PATH: process.env["PATH"] ?? "",
    SIGNET_LISTEN_PORT: "0",
    SIGNET_ADMIN_PORT: "0",
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
  };
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) times.push(await startOnce(data, env, token));
  await sandbox.close();
  rmSync(data, { recursive: true, force: true });
  return {
    id: "P10",
    what: "start of `signet serve` to its first answered call",
    // The first start warms the disk.
    value: median(times.slice(1)) / 1000,
    unit: "s",
    target: 1,
    details: { slowestMs: Math.max(...times.slice(1)) },
  };
}

async function seed(data: string, roleArn: string): Promise<string> {
  const store = await openSqliteStore(path.join(data, "signet.db"));
  await store.delegations.add({
    name: "bench",
    state: "active",
    account: ROLE.account,
    partition: "aws",
    roleArn,
    externalId: EXTERNAL_ID,
    region: "us-east-1",
    grants: [{ operations: ["*"], models: ["*"], regions: ["us-east-1"], settings: [] }],
    session: { durationSeconds: 3600, tags: {} },
    aliases: [],
    recordContent: false,
    trust: DEFAULT_TRUST,
    role: DEFAULT_ROLE,
    createdAt: 0,
  });
  const delegations = [{ delegation: "bench", grants: null }];
  await store.clients.add({ name: "bench", delegations, createdAt: 0 });
  const { id, secret } = newKeySecret();
  const digest = keyDigest(secret.reveal());
  await store.keys.add({ id, client: "bench", delegation: "bench", grants: null, digest, createdAt: 0 });
  await store.close();
  return secret.reveal();
}

/** Milliseconds. */
async function startOnce(data: string, env: Record<string, string>, token: string): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [openCheckout(ROOT).program, "--data", data, "serve", "--json"], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line = "{}"] = (await once(createInterface({ input: child.stdout }), "line")) as string[];
  const { url } = JSON.parse(line) as { url: string };
  const answer = await fetch(url + UNARY, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content: [{ text: "hello" }] }] }),
  });
  const took = performance.now() - began;
  if (!answer.ok) throw new Error(`the first call was answered ${answer.status}: ${await answer.text()}`);
  child.kill("SIGTERM");
  await once(child, "exit");
  return took;
}
