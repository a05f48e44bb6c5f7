/**
 * T26, T29: every kind of failure that can be provoked in a process that logs everything; then a search for every
 * secret, prompt and completion in all of its output, answers and files, and in its memory.
 */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { newAccessKeyPair } from "../../src/core/ids.ts";
import { masterKeyBytes, masterKeyOf } from "../../src/core/seal.ts";
import { createAdminToken } from "../../src/registry/admin-tokens.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { pathOf } from "../support/caller.ts";
import { converseBody } from "../support/http.ts";
import { startServed, type Served } from "../support/served.ts";
import { sendSigned, signedRequest } from "../support/signed.ts";
import { tapSts, type Tap } from "../support/tapped.ts";
import { addKey, until } from "../support/world.ts";
import { figure } from "./figure.ts";

const PROMPT = "canary-7d21e9-prompt";
/** The sandbox's models begin their answers with it. */
const COMPLETION = "You said";
const MASTER_KEY = randomBytes(32).toString("base64");
const ALL = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "bedrock:*", Resource: "*" }] };

let served: Served;
let tap: Tap;
let adminToken: string;
let pair: { accessKeyId: string; secretAccessKey: string };
/** A key that is revoked at the end, and the secrets of those made by the admin API. */
let revoked: { id: string; token: string };
const issued: string[] = [];
const snapshots = fs.mkdtempSync(path.join(tmpdir(), "signet-heap-"));
const answers: [place: string, text: string][] = [];

beforeAll(async () => {
  served = await startServed({
    env: {
      SIGNET_LOG_LEVEL: "debug",
      SIGNET_PROMETHEUS_PORT: "0",
      SIGNET_MASTER_KEY: MASTER_KEY,
      SIGNET_TIMEOUTS_UNARY_SECONDS: "1",
    },
    async envOf(sandbox) {
      tap = await tapSts(sandbox.url);
      const NODE_OPTIONS = `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${snapshots}`;
      return { AWS_ENDPOINT_URL_STS: tap.url, NODE_OPTIONS };
    },
  });
  const store = await openSqliteStore(path.join(served.data, "signet.db"));
  const operator = { actor: "cli:test", clock: systemClock };
  const { secret } = await createAdminToken(
    store,
    { name: "alice", role: "admin", expiresIn: "1h" },
    operator,
  );
  adminToken = secret.reveal();
  const made = newAccessKeyPair();
  pair = { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey.reveal() };
  const sealedSecret = masterKeyOf(masterKeyBytes(MASTER_KEY) ?? new Uint8Array()).seal(
    made.accessKeyId,
    made.secretAccessKey,
  );
  await addKey(store, { accessKeyPair: { accessKeyId: made.accessKeyId, sealedSecret } });
  revoked = await addKey(store);
  await store.close();
  await until(async () => ((await call("known", revoked.token)).status === 200 ? true : undefined));
}, 120_000);
afterAll(async () => {
  await served.close();
  tap.close();
  fs.rmSync(snapshots, { recursive: true, force: true });
});

/** A call whose answer is searched later, unless it succeeds. */
async function call(
  name: string,
  token = served.token,
  { body, action = "converse" }: { body?: string; action?: string } = {},
) {
  const answer = await fetch(new URL(pathOf(action), served.serving.url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body ?? converseBody(`${name} ${PROMPT}`),
  });
  const text = await answer.text().catch(() => "");
  const headers = JSON.stringify(Object.fromEntries(answer.headers));
  answers.push([`the headers of ${name}`, headers]);
  if (answer.status !== 200) answers.push([`the answer to ${name}`, text]);
  return { status: answer.status, text };
}

async function admin(method: string, target: string, body?: unknown, token = adminToken): Promise<string> {
  const answer = await fetch(`${served.serving.admin}/api/v1${target}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isIssue = method === "POST" && target === "/keys" && answer.status === 201;
  if (!isIssue)
    answers.push([`${method} ${target}`, JSON.stringify(Object.fromEntries(answer.headers)) + text]);
  return text;
}

/** Sets faults of the sandbox, calls until that fails, and clears them. */
async function failing(faults: Parameters<Served["sandbox"]["faults"]["set"]>[0]): Promise<void> {
  served.sandbox.faults.set(faults);
  expect((await call(Object.keys(faults).join())).status).not.toBe(200);
  served.sandbox.faults.clear();
}

/** Throttling, delays, garbage and refusals: by STS and by Bedrock, in answers and within streams. */
async function failAtAws(): Promise<void> {
  for (const marker of [
    "throttle",
    "error:500",
    "error:503",
    "error:424",
    "error:408",
    "not-subscribed",
    "too-long",
  ])
    await call(`[[${marker}]]`);
  for (const marker of [
    "cut",
    "bad-crc",
    "fail-mid-stream:throttlingException",
    "first-frame-error:modelStreamErrorException",
  ])
    await call(`[[${marker}]] one two three`, served.token, { action: "converse-stream" });
  await failing({ bedrockDown: true });
  await failing({ bedrock500: true });
  await failing({ firstByteDelayMs: 60_000 });
  await failing({ clockSkewMs: 3_600_000 });
  served.sandbox.iam.deletePolicy({ arn: served.roleArn, policyName: "bedrock" });
  await call("denied");
  served.sandbox.iam.putPolicy({ arn: served.roleArn, policyName: "bedrock", policy: ALL });
}

/** Each client has its own session, so each of these needs STS. */
async function failAtSts(): Promise<void> {
  for (const fault of ["stsDown", "stsThrottled", "stsStatus500", "stsGarbage"]) {
    const client = fault.toLowerCase();
    served.sandbox.faults.set({ [fault]: true });
    await admin("POST", "/clients", { name: client, delegations: [{ delegation: "team-a" }] });
    const key = await admin("POST", "/keys", { client, delegation: "team-a" });
    const { secret } = JSON.parse(key) as { secret: string };
    issued.push(secret);
    const refused = await until(async () => {
      const { status } = await call(fault, secret);
      return status === 403 ? undefined : status;
    });
    expect([fault, refused]).toEqual([fault, 503]);
    served.sandbox.faults.clear();
  }
}

async function failOfCallers(): Promise<void> {
  const last = served.token.endsWith("a") ? "b" : "a";
  await call("another's key", served.token.slice(0, -1) + last);
  await call("no JSON", served.token, { body: `{"messages": ${PROMPT}` });
  await call("an unknown field", served.token, { body: JSON.stringify({ messages: [], [PROMPT]: PROMPT }) });
  await call("an unknown action", served.token, { action: "converse-not" });
  for (const [name, change] of [
    ["a signed call", {}],
    ["a forged body", { body: converseBody(`forged ${PROMPT}`) }],
    ["a forged path", { path: pathOf("invoke") }],
  ] as const) {
    const signed = signedRequest({ url: served.serving.url, from: pair });
    const { headers, body } = await sendSigned(served.serving.url, { ...signed, ...change });
    answers.push([name, JSON.stringify(headers) + (name === "a signed call" ? "" : body)]);
  }
}

async function failOfOperators(): Promise<void> {
  await admin("GET", "/keys", undefined, `${adminToken.slice(0, -1)}x`);
  await admin("POST", "/keys", `{"client": "${adminToken}"`);
  await admin("POST", "/keys", { client: "nobody", delegation: "team-a" });
  await admin("POST", "/keys", { client: "app", secret: served.token });
  await admin("PUT", "/nothing", {});
  await admin("POST", "/delegations", { name: "b", roleArn: "no arn" });
  await admin("POST", "/delegations/team-a/verify", {});
  for (const target of [
    "/keys",
    "/clients",
    "/delegations",
    "/audit/calls",
    "/audit/changes",
    "/settings",
    "/overview",
    "/admin-tokens",
  ])
    await admin("GET", target);
  await admin("POST", `/keys/${revoked.id}/revoke`, {});
  await until(async () => ((await call("revoked", revoked.token)).status === 403 ? true : undefined));
}

function filesBelow(folder: string): [place: string, bytes: Buffer][] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [path.relative(folder, file), fs.readFileSync(file)]);
}

/** Where each secret was found, by its name only. */
function leaks(
  secrets: Record<string, string[]>,
  places: Iterable<[place: string, text: string | Buffer]>,
): string[] {
  const found: string[] = [];
  for (const [place, text] of places) {
    for (const [name, values] of Object.entries(secrets))
      if (values.some((value) => text.includes(value))) found.push(`${name} in ${place}`);
  }
  return found;
}

async function metrics(): Promise<string> {
  const line = served.serving.log.find((each) => each.includes('"serving metrics"')) ?? "{}";
  return (await fetch((JSON.parse(line) as { url: string }).url)).text();
}

/** All strings of the process, as V8 writes them after a collection. */
async function memory(): Promise<string> {
  served.serving.child.kill("SIGUSR2");
  return until(() => {
    const [file] = fs.readdirSync(snapshots);
    const text = file === undefined ? "" : fs.readFileSync(path.join(snapshots, file), "utf8");
    return text.trimEnd().endsWith("]}") ? text : undefined;
  });
}

describe("secrets, through every kind of failure", () => {
  it("appear in no log line, answer, metric or file (T26, T29)", async (context) => {
    await failOfCallers();
    await failAtAws();
    await failAtSts();
    await failOfOperators();
    const secrets = {
      "a key's secret": [served.token, revoked.token, ...issued],
      "a pair's secret": [pair.secretAccessKey],
      "a session's secret": tap.secrets,
      "Signet's own secret": [served.baseSecretKey],
      "an admin token": [adminToken],
      "the master key": [MASTER_KEY, Buffer.from(MASTER_KEY, "base64").toString("hex")],
      "a prompt": [PROMPT],
      "a completion": [COMPLETION],
    };
    const log = served.serving.log.map((line): [string, string] => [`the log: ${line.slice(0, 60)}`, line]);
    const files = filesBelow(served.data);
    const places = [...log, ...files, ["the metrics", await metrics()] as [string, string]];
    expect(tap.secrets.length).toBeGreaterThan(2);
    expect(log.length).toBeGreaterThan(20);
    expect(answers.length).toBeGreaterThan(40);
    expect(files.length).toBeGreaterThan(3);
    expect(leaks(secrets, places)).toEqual([]);
    // An answer may repeat its own caller's words.
    expect(leaks({ ...secrets, "a prompt": [] }, answers)).toEqual([]);
    const count = Object.values(secrets).flat().length;
    figure(context, `${count} secrets × ${places.length + answers.length} places: 0 hits`);
  });

  it("stay in memory only if still needed: none of callers, nothing of ended calls (T26)", async (context) => {
    const text = await memory();
    const ended = {
      "a key's secret": [served.token, revoked.token, ...issued],
      "an admin token": [adminToken],
      "a prompt": [PROMPT],
      "a completion": [COMPLETION],
    };
    expect(leaks(ended, [["memory", text]])).toEqual([]);
    // What signs the next call has to be in memory: sessions, the base credentials, pairs' secrets.
    expect(leaks({ "a session's secret": tap.secrets }, [["memory", text]])).toHaveLength(1);
    figure(context, `${Math.round(text.length / 1e6)} MB of memory: no caller's secret, no prompt`);
  });
});
