/** F7, F12: the real process, asked to exit during 200 streams, and with little memory under large bodies. */
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { readCalls } from "../../src/audit/calls.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { converseBody } from "../support/http.ts";
import { startServe } from "../support/process.ts";
import { newData, startAws } from "../support/served.ts";
import { HAIKU } from "../support/world.ts";
import { figure, tries } from "./figure.ts";

let sandbox: Sandbox;
let env: Record<string, string>;
let roleArn: string;
let data: string;
let token: string;

beforeAll(async () => {
  ({ sandbox, roleArn, env } = await startAws());
});
afterAll(() => sandbox.close());

beforeEach(async () => {
  const own = await newData(roleArn);
  data = own.data;
  token = own.key.token;
  return own.remove;
});

function call(url: string, text: string, action: string): Promise<Response> {
  return fetch(`${url}/model/${encodeURIComponent(HAIKU)}/${action}`, {
    method: "POST",
    headers: { "x-api-key": token, "content-type": "application/json" },
    body: converseBody(text),
  });
}

const auditDir = () => path.join(data, "audit");

it("SIGTERM during 200 streams: all finish, the exit is clean, nothing is lost (F7)", async (context) => {
  const serving = await startServe({ data, env });
  const streams = 200;
  const heads = await Promise.all(
    Array.from({ length: streams }, () =>
      call(serving.url, "[[slow:150]] one two three four five six seven eight nine ten", "converse-stream"),
    ),
  );
  serving.child.kill("SIGTERM");
  const asked = performance.now();
  const sizes = await Promise.all(heads.map(async (head) => (await head.arrayBuffer()).byteLength));
  expect(await serving.ended).toBe(0);
  const seconds = (performance.now() - asked) / 1000;

  const calls = await Array.fromAsync(readCalls(auditDir()));
  expect(heads.map(({ status }) => status)).toEqual(Array(streams).fill(200));
  // Complete: all have the same number of bytes, as Bedrock sent the same to all.
  expect(new Set(sizes).size).toBe(1);
  expect(calls.map(({ outcome }) => outcome)).toEqual(Array(streams).fill("ok"));
  expect((await verifyAudit(auditDir())).problems).toEqual([]);
  figure(context, `${streams} streams finished, exit 0 after ${seconds.toFixed(1)} s`);
});

it("with little memory large bodies are served or refused with a code, and the process survives (F12)", async (context) => {
  const heap = "--max-old-space-size=96";
  const limits = { SIGNET_LIMITS_CONCURRENT_CALLS: "8" };
  const serving = await startServe({ data, env: { ...env, ...limits, NODE_OPTIONS: heap } });
  const text = "x".repeat(4 * 1024 * 1024);
  const seen = new Map<string, number>();
  const rounds = tries(2, 12);
  for (let round = 0; round < rounds; round++) {
    const answers = await Promise.all(Array.from({ length: 16 }, () => call(serving.url, text, "converse")));
    for (const answer of answers) {
      const code = `${answer.status} ${answer.headers.get("x-signet-error") ?? ""}`.trim();
      seen.set(code, (seen.get(code) ?? 0) + 1);
      await answer.arrayBuffer();
    }
  }
  const after = await call(serving.url, "hello", "converse");
  serving.child.kill("SIGTERM");

  expect(after.status).toBe(200);
  expect(await serving.ended).toBe(0);
  expect([...seen.keys()].filter((code) => !["200", "503 overloaded"].includes(code))).toEqual([]);
  expect((await verifyAudit(auditDir())).problems).toEqual([]);
  const counts = [...seen].map(([code, count]) => `${count} × ${code}`).join(", ");
  figure(context, `96 MiB of heap, ${rounds * 16} bodies of 4 MiB: ${counts}`);
});
