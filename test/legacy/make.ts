/**
 * Makes an old installation: a store, an audit log and an index as left by the `signet` of an earlier commit.
 *
 *     git worktree add ../old d33cf8e && (cd ../old && npm ci)
 *     node test/legacy/make.ts ../old test/legacy/d33cf8e
 *
 * Everything is done through that checkout's command line, listener and sandbox. Needs no AWS account.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { KINDS, unexpectedOf } from "../assurance/traffic.ts";
import { startFlashback } from "../support/flashback.ts";
import { sendSigned, signedRequest } from "../support/signed.ts";
import { HAIKU } from "../support/world.ts";
import { knownSecret, signingKeyPair } from "./known.ts";
import {
  ask,
  call,
  CONVERSE,
  converse,
  data,
  env,
  folder,
  hang,
  save,
  serve,
  signet,
  signetJson,
  start,
  started,
  stop,
  TARGET,
} from "./old-signet.ts";

const ACCOUNT = "111122223333";

/** The account owner's part: creates the delegation's role in the sandbox, or updates its trust policy. */
async function makeRole(delegation: string): Promise<void> {
  const file = path.join(folder, "role.json");
  writeFileSync(file, await signet(`delegation template ${delegation} --format json`));
  await signet(`sandbox make-role ${file} --account ${ACCOUNT} --url ${env["AWS_ENDPOINT_URL"]}`);
}

async function delegate(name: string, options = ""): Promise<void> {
  await signet(`delegation create ${name} --account ${ACCOUNT} --region us-east-1 --model * ${options}`);
}

async function activate(name: string): Promise<void> {
  await makeRole(name);
  await signet(`delegation verify ${name}`);
}

async function newKey(words: string): Promise<string> {
  const { id } = await signetJson<{ id: string }>(`key create ${words}`);
  return id;
}

async function makeDelegations(): Promise<void> {
  await delegate("acme", "--operation * --discovery --bedrock-mantle --tag team=acme");
  await signet(`alias set acme claude ${HAIKU}`);
  await signet("alias set acme gpt-oss openai.gpt-oss-20b --upstream bedrock-mantle");
  await activate("acme");
  // acme's External ID rotation is complete, globex's is verified, hooli's is only started.
  await signet("delegation rotate-external-id acme");
  await activate("acme");
  await activate("acme");
  await delegate("globex", "--source-identity signet --allow-header x-amzn-bedrock-trace");
  await activate("globex");
  await signet("delegation rotate-external-id globex");
  await activate("globex");
  await delegate("hooli", "--record-content --session-duration 900");
  await activate("hooli");
  await signet("delegation rotate-external-id hooli");
  await delegate("initech", "--principal-org-id o-a1b2c3d4e5 --source-vpc vpc-0123456789abcdef0");
  await delegate("soylent", "--require-guardrail gr123456:1 --bedrock-api-keys --by-principal-arn");
  await signet("delegation revoke soylent --reason 'contract ended'");
  await delegate("umbrella", "--async-output outputs/umbrella --source-ip 192.0.2.0/24");
  await delegate("vandelay");
  await activate("vandelay");
  await signet("delegation suspend vandelay --reason audit");
}

async function makeClients() {
  await signet("client add app --delegation acme");
  await signet("client join app --delegation globex");
  await signet("client add archive --delegation hooli");
  await signet("client add batch --delegation vandelay");
  await signet("client add billing --delegation acme --model us.anthropic.*");
  await signet("client add gone --delegation acme");
  await newKey("gone");
  await signet("client revoke gone");
  const keys = {
    app: await newKey("app --delegation acme"),
    narrow: await newKey(`app --delegation globex --operation Converse --model ${HAIKU}`),
    recorded: await newKey("archive"),
    expired: await newKey("billing --expires-in 1s"),
    revoked: await newKey("billing"),
    suspended: await newKey("batch"),
    limited: await newKey("billing"),
    rotated: await newKey("app --delegation acme"),
  };
  await signet(`key rotate ${keys.rotated} --overlap 0s`);
  await signet("limit set delegation/acme --tokens-per-month 50000000");
  await signet("limit set client/billing --requests-per-minute 60 --cost-per-month 500 --warn-at-percent 50");
  await signet(`limit set key/${keys.limited} --requests-per-minute 1 --tokens-per-day 6000`);
  await signet("admin-token create alice --role admin");
  const bob = await signetJson<{ id: string }>("admin-token create bob --role viewer");
  await signet(`admin-token revoke ${bob.id}`);
  return keys;
}

type Keys = Awaited<ReturnType<typeof makeClients>>;

/** Calls of every kind and protocol, refusals, changes; the process is killed while a call runs. */
async function firstRun(keys: Keys): Promise<void> {
  const { url, child } = await serve();
  await connectFlashback(url);
  for (const kind of KINDS.filter(({ name }) => name !== "a large body")) {
    const problem = await unexpectedOf(kind, url, knownSecret(keys.app));
    if (problem !== undefined) throw new Error(problem);
  }
  await ask(url, keys.app, 200, "/v1/embeddings", {
    model: "amazon.titan-embed-text-v2:0",
    input: ["one", "two"],
  });
  await ask(url, keys.app, 200, "/v1/messages/count_tokens", { model: HAIKU, ...chat("hello") });
  await ask(url, keys.app, 200, `/v1beta/models/${HAIKU}:countTokens`, {
    contents: [{ parts: [{ text: "hi" }] }],
  });
  await ask(url, keys.app, 200, "/v1/chat/completions", { model: "claude", ...chat("by an alias") });
  await ask(url, keys.app, 200, "/v1/chat/completions", { model: "gpt-oss", ...chat("passed on") });
  await ask(url, keys.app, 200, `/model/${HAIKU}/invoke`, {
    anthropic_version: "bedrock-2023-05-31",
    ...chat("natively"),
  });
  await ask(url, keys.app, 200, CONVERSE, converse("[[cache:40,60]] hello"));
  await ask(url, keys.app, 200, "/foundation-models");
  await ask(url, keys.app, 200, "/v1/models");
  await ask(url, keys.narrow, 200, CONVERSE, converse("hello"));
  await ask(url, keys.narrow, 403, "/model/amazon.nova-lite-v1:0/converse", converse("hello"));
  await ask(url, keys.suspended, 403, CONVERSE, converse("hello"));
  await signet(`key revoke ${keys.revoked}`);
  await untilRefused(url, keys.revoked);
  await ask(url, keys.expired, 403, CONVERSE, converse("hello"));
  const bounded = { ...converse("hello"), inferenceConfig: { maxTokens: 100 } };
  await ask(url, keys.limited, 200, CONVERSE, bounded);
  await ask(url, keys.limited, 429, CONVERSE, bounded);
  // Recorded content fills a segment of the log, and compresses well.
  await ask(url, keys.recorded, 200, CONVERSE, converse("word ".repeat(120_000)));
  await ask(url, keys.recorded, 200, CONVERSE, converse("word ".repeat(120_000)));
  await callSigned(url);
  await hang(url, keys.app);
  await stop(child, "SIGKILL");
}

const chat = (content: string) => ({ max_tokens: 50, messages: [{ role: "user", content }] });

/** Revocations reach a running gateway within a second. */
async function untilRefused(url: string, key: string): Promise<void> {
  for (;;) {
    const answer = await call(url, key, CONVERSE, converse("until it is refused"));
    await answer.arrayBuffer();
    if (answer.status === 403) return;
    await wait(50);
  }
}

async function connectFlashback(url: string): Promise<void> {
  const flashback = await startFlashback("known");
  writeFileSync(path.join(folder, "flashback.token"), "known\n");
  env["SIGNET_FLASHBACK_URL"] = flashback.url;
  env["SIGNET_FLASHBACK_TOKEN_FILE"] = path.join(folder, "flashback.token");
  const options = "--type OPENAI --new-key app --delegation acme --name bedrock --workspace 42";
  await signet(`flashback connect ${options} --url ${url}`);
  await flashback.close();
  delete env["SIGNET_FLASHBACK_URL"];
}

/** By an access-key pair. */
async function callSigned(url: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = await signetJson<Record<string, string>>(
    "key create app --delegation acme --access-key-pair",
  );
  if (accessKeyId === undefined || secretAccessKey === undefined) throw new Error("no access-key pair");
  const from = { accessKeyId, secretAccessKey };
  for (;;) {
    const { status } = await sendSigned(url, signedRequest({ url, from }));
    if (status === 200) return;
    await wait(50);
  }
}

/** Two workers, each with its own chain, of which one is killed; the process exits properly. */
async function runWithWorkers(keys: Keys): Promise<void> {
  const { url, child } = await serve(2);
  const calls = Array.from({ length: 24 }, (_, i) => `call ${i}`);
  await Promise.all(calls.map((text) => ask(url, keys.app, 200, CONVERSE, converse(text))));
  await ask(url, keys.narrow, 403, "/model/amazon.nova-lite-v1:0/converse", converse("hello"));
  await stop(child, "SIGTERM");
}

/** One more call, and one without an end in the log. */
async function lastRun(keys: Keys): Promise<void> {
  const { url, child } = await serve();
  await ask(url, keys.app, 200, CONVERSE, converse("the last to be answered"));
  await hang(url, keys.app);
  await stop(child, "SIGKILL");
}

/** The findings of the old `signet` in its log. */
async function facts(keys: Keys) {
  const exported = await signet("audit export --format jsonl");
  const calls = exported.split("\n").map((line) => JSON.parse(line) as ExportedCall);
  const { chains } = await signetJson<{ chains: object[] }>("audit verify");
  const changes = (await signet("audit changes --json")).split("\n");
  return {
    keys,
    calls: calls.length,
    outcomes: countBy(calls, ({ outcome }) => outcome),
    protocols: countBy(calls, ({ protocol }) => protocol),
    inputTokens: sum(calls, ({ usage }) => usage?.inputTokens ?? 0),
    outputTokens: sum(calls, ({ usage }) => usage?.outputTokens ?? 0),
    costUsd: sum(calls, ({ costUsd }) => costUsd ?? 0),
    changes: changes.length,
    chains,
  };
}

interface ExportedCall {
  outcome: string;
  protocol: string;
  usage?: { inputTokens: number; outputTokens: number };
  costUsd?: number | null;
}

function countBy<T>(items: T[], nameOf: (item: T) => string): Record<string, number> {
  const groups = Object.groupBy(items, nameOf);
  return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, group?.length ?? 0]));
}

function sum<T>(items: T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

try {
  const sandbox = await start<{ url: string; env: Record<string, string> }>("sandbox", "--port", "0");
  Object.assign(env, sandbox.env);
  mkdirSync(data, { mode: 0o700 });
  const { privateKey, publicKey } = signingKeyPair();
  writeFileSync(path.join(data, "audit-signing.pem"), privateKey, { mode: 0o600 });
  writeFileSync(path.join(data, "audit-signing.pub.pem"), publicKey);
  await makeDelegations();
  const keys = await makeClients();
  await firstRun(keys);
  await runWithWorkers(keys);
  await lastRun(keys);
  if (existsSync(TARGET)) rmSync(TARGET, { recursive: true });
  save(data, TARGET);
  writeFileSync(path.join(TARGET, "facts.json"), `${JSON.stringify(await facts(keys), null, 2)}\n`);
} finally {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
}
