/** Budgets across restarts of the real process: no usage is lost, not even by a kill. */
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { readCalls } from "../../src/audit/calls.ts";
import { createAdminToken } from "../../src/registry/admin-tokens.ts";
import type { LimitState } from "../../src/limits/state.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { OPERATOR } from "../support/admin.ts";
import { boundedBody } from "../support/limits.ts";
import { startServe, type ServeProcess } from "../support/process.ts";
import { newData, startAws } from "../support/served.ts";
import { HAIKU } from "../support/world.ts";

const MOST = 20;
const LIMITS = { tokensPerMonth: 1_000_000, costPerDay: 1 };

let sandbox: Sandbox;
let env: Record<string, string>;
let roleArn: string;
let data: string;
let token: string;
let adminToken: string;

beforeAll(async () => {
  ({ sandbox, roleArn, env } = await startAws());
});
afterAll(() => sandbox.close());

beforeEach(async () => {
  const own = await newData(roleArn, { limits: LIMITS });
  data = own.data;
  token = own.key.token;
  const store = await openSqliteStore(path.join(data, "signet.db"));
  const { secret } = await createAdminToken(store, { name: "test", role: "viewer" }, OPERATOR);
  adminToken = secret.reveal();
  await store.close();
  return own.remove;
});

function converse(serving: ServeProcess): Promise<Response> {
  return fetch(`${serving.url}/model/${encodeURIComponent(HAIKU)}/converse`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: boundedBody("hello", MOST),
  });
}

/** The process's counts, limit by limit. */
async function counted(serving: ServeProcess): Promise<Record<string, number>> {
  const answer = await fetch(`${serving.admin}/api/v1/limits/client/app/state`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const { state } = (await answer.json()) as { state: LimitState[] };
  return Object.fromEntries(state.map(({ limit, used, reserved }) => [limit, used + reserved]));
}

async function stopped(serving: ServeProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  serving.child.kill(signal);
  await serving.ended;
}

const asked = () => sandbox.calls().filter(({ operation }) => operation === "Converse").length;

describe("usage", () => {
  it("carries over to the next process", async () => {
    const first = await startServe({ data, env });
    for (let at = 0; at < 3; at++) expect((await converse(first)).status).toBe(200);
    const before = await counted(first);
    expect(before["tokens-per-month"]).toBeGreaterThan(0);
    expect(before["cost-per-day"]).toBeGreaterThan(0);
    await stopped(first, "SIGTERM");
    const second = await startServe({ data, env });
    const after = await counted(second);
    expect(after["tokens-per-month"]).toBe(before["tokens-per-month"]);
    expect(after["cost-per-day"]).toBeCloseTo(before["cost-per-day"] ?? 0, 9);
    await stopped(second, "SIGTERM");
  });

  it("is never undercounted, however often the process is killed", { timeout: 120_000 }, async () => {
    sandbox.faults.set({ firstByteDelayMs: 200 });
    const before = asked();
    let sentInAll = 0;
    for (let round = 0; round < 6; round++) {
      const serving = await startServe({ data, env });
      // Some are answered, some are at Bedrock, some are in transit when it ends.
      const enough = asked() + 10 + round;
      const killed = new AbortController();
      const callers = Array.from({ length: 8 }, async () => {
        while (!killed.signal.aborted && asked() < enough) {
          sentInAll++;
          await converse(serving)
            .then((answer) => answer.arrayBuffer())
            .catch(() => undefined);
        }
        killed.abort();
      });
      await Promise.race(callers);
      await stopped(serving, "SIGKILL");
      await Promise.all(callers);
    }
    sandbox.faults.set({ firstByteDelayMs: 0 });
    const last = await startServe({ data, env });
    const state = await counted(last);
    const one = (await (await converse(last)).json()) as { usage: { totalTokens: number } };
    await stopped(last, "SIGTERM");
    const calls = await Array.fromAsync(readCalls(path.join(data, "audit"), {}));
    expect(calls.filter(({ outcome }) => outcome === "unknown").length).toBeGreaterThan(0);
    const sent = asked() - before - 1;
    expect(sent).toBeGreaterThan(60);
    expect(state["tokens-per-month"]).toBeGreaterThanOrEqual(sent * one.usage.totalTokens);
    // Nor is it overcounted: no call counts for more than it reserved.
    const perCall = Math.ceil(Buffer.byteLength(boundedBody("hello", MOST)) / 4) + MOST;
    expect(state["tokens-per-month"]).toBeLessThanOrEqual(sentInAll * perCall);
    expect(state["cost-per-day"]).toBeGreaterThan(0);
  });
});
