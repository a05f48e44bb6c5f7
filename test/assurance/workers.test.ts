/** F14: `signet serve --workers`: one gateway for callers, monitoring and revocations, and a worker's crash loses nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { readCalls } from "../../src/audit/calls.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { boundedBody } from "../support/limits.ts";
import { startServe, type ServeProcess } from "../support/process.ts";
import { newData, startAws } from "../support/served.ts";
import { HAIKU, until } from "../support/world.ts";
import { figure, tries } from "./figure.ts";

const WORKERS = 3;

let sandbox: Sandbox;
let env: Record<string, string>;
let roleArn: string;
let data: string;
let key: { id: string; token: string };
let serving: ServeProcess;

beforeAll(async () => {
  const aws = await startAws();
  ({ sandbox, roleArn } = aws);
  env = { ...aws.env, SIGNET_PROMETHEUS_PORT: "0" };
});
afterAll(() => sandbox.close());

beforeEach(async () => {
  const own = await newData(roleArn);
  ({ data, key } = own);
  serving = await startServe({ data, env, workers: WORKERS });
  return async () => {
    serving.child.kill("SIGTERM");
    await serving.ended;
    own.remove();
  };
});

/** On its own connection, so that any worker may take it. Undefined if the connection broke. */
async function converse(token = key.token): Promise<Response | undefined> {
  const answer = await fetch(`${serving.url}/model/${encodeURIComponent(HAIKU)}/converse`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" },
    body: boundedBody("hello", 20),
  }).catch(() => undefined);
  await answer?.arrayBuffer().catch(() => undefined);
  return answer;
}

const auditDir = () => path.join(data, "audit");
const calls = () => Array.fromAsync(readCalls(auditDir()));

/** This many calls, up to 30 concurrently; returns the statuses. */
async function many(count: number, token?: string): Promise<(number | undefined)[]> {
  const statuses: (number | undefined)[] = [];
  let left = count;
  const caller = async () => {
    while (left-- > 0) statuses.push((await converse(token))?.status);
  };
  await Promise.all(Array.from({ length: 30 }, caller));
  return statuses;
}

function metricsUrl(): string {
  const line = serving.log.find((each) => each.includes('"serving metrics"')) ?? "{}";
  return (JSON.parse(line) as { url: string }).url;
}

/** Process ids of the workers. */
function workers(): number[] {
  const pid = serving.child.pid ?? 0;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.trim().split(" ").map(Number);
}

/** The number of workers started so far: each logs it once. */
async function served(count: number): Promise<void> {
  const said = () => serving.log.filter((line) => line.includes('"worker":') && line.includes('"serving"'));
  await until(() => (said().length >= count ? true : undefined));
}

describe("several workers (F14)", () => {
  it("write a chain each; the log is read and verified as one", async (context) => {
    const statuses = await many(90);
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);

    const { ok, chains } = await verifyAudit(auditDir());
    const recorded = await calls();

    expect(statuses).toEqual(statuses.map(() => 200));
    expect(ok).toBe(true);
    expect(chains.map(({ name }) => name)).toEqual(["main", "worker-1", "worker-2", "worker-3"]);
    expect(recorded).toHaveLength(90);
    expect(recorded.every(({ outcome }) => outcome === "ok")).toBe(true);
    figure(context, `${new Set(recorded.map(({ chain }) => chain)).size} of ${WORKERS} chains took calls`);
  });

  it("shut down, also while one of them is being replaced", async () => {
    const [first = 0] = workers();
    process.kill(first, "SIGKILL");
    const isReplaced = () => workers().length === WORKERS && !workers().includes(first);
    await until(() => (isReplaced() ? true : undefined));

    serving.child.kill("SIGTERM");

    expect(await serving.ended).toBe(0);
  });

  it("end with the reason if their address is in use", async () => {
    const another = mkdtempSync(path.join(tmpdir(), "signet-workers-"));
    onTestFinished(() => rmSync(another, { recursive: true, force: true }));
    const { port } = new URL(serving.url);

    const starting = startServe({ data: another, env: { ...env, SIGNET_LISTEN_PORT: port }, workers: 2 });

    await expect(starting).rejects.toThrow(/^signet serve ended with 1: [^]*EADDRINUSE/);
  });

  it("enforce a limit together, to the exact call", async () => {
    const store = await openSqliteStore(path.join(data, "signet.db"));
    await store.clients.setLimits("app", { requestsPerMinute: 40 });
    await store.close();
    // So that every worker knows it.
    serving.child.kill("SIGTERM");
    await serving.ended;
    serving = await startServe({ data, env, workers: WORKERS });

    const statuses = await many(120);

    // Counted, so that a failure shows the others.
    const counts = Object.groupBy(statuses, (status) => String(status));
    expect(Object.entries(counts).map(([status, { length } = []]) => [status, length])).toEqual([
      ["200", 40],
      ["429", 80],
    ]);
  });

  it("all refuse a revoked key", async () => {
    await many(30);
    const store = await openSqliteStore(path.join(data, "signet.db"));
    await store.keys.revoke(key.id, Date.now());
    await store.close();
    const revokedAt = performance.now();
    await until(async () => {
      const statuses = await many(30);
      return statuses.every((status) => status === 403) ? true : undefined;
    });
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
  });

  it("report one set of metrics and one readiness", async () => {
    await many(60);
    await until(async () => {
      const text = await (await fetch(metricsUrl())).text();
      const total = /^signet_calls_total\{[^}]*outcome="ok"[^}]*\} (\d+)$/m.exec(text);
      const count = /^signet_call_duration_seconds_count\{[^}]*\} (\d+)$/m.exec(text);
      return total?.[1] === "60" && count?.[1] === "60" ? true : undefined;
    });
    const ready = await fetch(new URL("/readyz", metricsUrl()));
    expect([ready.status, ((await ready.json()) as { audit: boolean }).audit]).toEqual([200, true]);
  });

  it("are replaced when killed under load, and nothing acknowledged is lost", async (context) => {
    const acknowledged: string[] = [];
    let broken = 0;
    for (let round = 0; round < tries(2, 20); round++) {
      const [victim = 0] = workers();
      const stop = new AbortController();
      const caller = async () => {
        while (!stop.signal.aborted) {
          const answer = await converse();
          if (answer?.status === 200) acknowledged.push(answer.headers.get("x-signet-request-id") ?? "");
          else broken += 1;
        }
      };
      const callers = Array.from({ length: 8 }, caller);
      const enough = acknowledged.length + 20;
      await until(() => (acknowledged.length > enough ? true : undefined));
      process.kill(victim, "SIGKILL");
      const more = acknowledged.length + 20;
      await until(() => (acknowledged.length > more ? true : undefined));
      stop.abort();
      await Promise.all(callers);
      await served(WORKERS + round + 1);
    }
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);

    const recorded = await calls();
    const known = new Set(recorded.map(({ call }) => call));
    expect((await verifyAudit(auditDir())).problems).toEqual([]);
    expect(acknowledged.filter((call) => !known.has(call))).toEqual([]);
    expect(recorded.filter(({ outcome }) => outcome === "running")).toEqual([]);
    const sent = new Set(sandbox.calls().flatMap(({ requestId }) => requestId ?? []));
    expect(recorded.filter((call) => call.upstreamRequestId && !sent.has(call.upstreamRequestId))).toEqual(
      [],
    );
    figure(
      context,
      `${acknowledged.length} calls acknowledged, 0 lost, ${broken} connections broken by kills`,
    );
  });

  it("leave nothing unfinished for a later start with fewer", async () => {
    await many(30);
    serving.child.kill("SIGKILL");
    await serving.ended;
    await until(() => (workersOf(auditDir()) ? true : undefined));
    serving = await startServe({ data, env });
    const { ok } = await verifyAudit(auditDir());
    expect(ok).toBe(true);
    expect((await calls()).filter(({ outcome }) => outcome === "running")).toEqual([]);
    expect((await converse())?.status).toBe(200);
  });
});

function workersOf(dir: string): boolean {
  return existsSync(path.join(dir, "worker-1"));
}
