/** The process: killed without warning, asked to stop, restarted. */
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { readCalls } from "../../src/audit/calls.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { startServe, type ServeProcess } from "../support/process.ts";
import { figure, tries } from "../assurance/figure.ts";
import { newData, startAws } from "../support/served.ts";
import { HAIKU, until } from "../support/world.ts";

let sandbox: Sandbox;
let env: Record<string, string>;
let roleArn: string;
let data: string;
let token: string;

const METADATA = "x-amzn-bedrock-request-metadata";

beforeAll(async () => {
  ({ sandbox, roleArn, env } = await startAws());
});
afterAll(() => sandbox.close());

beforeEach(async () => {
  const own = await newData(roleArn, { settings: ["requestMetadata"], delegation: { recordContent: true } });
  data = own.data;
  token = own.key.token;
  return own.remove;
});

function call(name: string, text = name): string {
  const headers = [`x-api-key: ${token}`, `${METADATA}: {"call":"${name}"}`];
  return request({ path: `/model/${encodeURIComponent(HAIKU)}/converse`, headers, body: converseBody(text) });
}

const auditDir = () => path.join(data, "audit");

describe("kill -9", () => {
  it(
    "repeatedly under load loses no acknowledged record, and leaves no upstream call without an intent (F8)",
    { timeout: 600_000 },
    async (context) => {
      const rounds = tries(15, 100);
      const acknowledged: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const serving = await startServe({ data, env });
        const enough = 1 + (round % 12);
        const before = acknowledged.length;
        const caller = async (name: string) => {
          for (let at = 0; acknowledged.length < before + enough; at++) {
            const answer = await raw(serving.url, call(`${name}-${at}`));
            if (answer.status === 200) acknowledged.push(answer.headers["x-signet-request-id"] ?? "");
          }
        };
        const callers = Array.from({ length: 6 }, (_, i) => caller(`round-${round}-caller-${i}`));
        await Promise.race(callers);
        serving.child.kill("SIGKILL");
        expect(await serving.ended).toBe("SIGKILL");
        await Promise.all(callers);
      }
      const last = await startServe({ data, env });
      last.child.kill("SIGTERM");
      expect(await last.ended).toBe(0);

      const verdict = await verifyAudit(auditDir());
      expect(verdict.problems).toEqual([]);
      const calls = await Array.fromAsync(readCalls(auditDir()));
      const recorded = new Set(calls.map(({ call: id }) => id));
      expect(acknowledged.length).toBeGreaterThanOrEqual(rounds);
      expect(acknowledged.filter((id) => !recorded.has(id))).toEqual([]);
      const intended = new Set(
        calls.map(({ content }) => /round-\d+-caller-\d+-\d+/.exec(String(content?.request))?.[0]),
      );
      const sent = sandbox
        .calls()
        .flatMap(({ headers }) => /round-\d+-caller-\d+-\d+/.exec(headers[METADATA] ?? "")?.[0] ?? []);
      expect(sent.length).toBeGreaterThanOrEqual(rounds);
      expect(sent.filter((name) => !intended.has(name))).toEqual([]);
      figure(context, `${rounds} kills, ${acknowledged.length} calls acknowledged, 0 lost`);
      // Every call has ended by now: those that were cut short as `unknown`.
      expect(calls.filter(({ outcome }) => outcome === "running")).toEqual([]);
    },
  );
});

describe("SIGTERM (F7)", () => {
  it("lets running streams finish, refuses new calls, and exits 0 with everything recorded", async () => {
    const serving = await startServe({ data, env });
    const streaming = raw(
      serving.url,
      streamCall("[[slow:100]] one two three four five six seven eight nine ten"),
    );
    await streamArrives();
    serving.child.kill("SIGTERM");
    const answer = await streaming;
    expect(answer.status).toBe(200);
    expect(answer.complete).toBe(true);
    expect(answer.body).toContain("metadata");
    expect(await serving.ended).toBe(0);
    const refused = await raw(serving.url, call("late"));
    expect(refused.status).toBe(0);
    const calls = await Array.fromAsync(readCalls(auditDir()));
    expect(calls.map(({ outcome }) => outcome)).toEqual(["ok"]);
    expect((await verifyAudit(auditDir())).problems).toEqual([]);
  });

  it("isn't ready and refuses calls on open connections while it drains", async () => {
    const serving = await startServe({ data, env });
    const ready = async () => (await raw(serving.url, request({ method: "GET", path: "/readyz" }))).status;
    expect(await ready()).toBe(200);
    const kept = await openConnection(serving);
    const streaming = raw(
      serving.url,
      streamCall("[[slow:100]] one two three four five six seven eight nine ten"),
    );
    await streamArrives();
    serving.child.kill("SIGTERM");
    const refused = await until(async () => {
      const answer = await kept.ask();
      return answer.includes("draining") || answer === "" ? { answer } : undefined;
    });
    expect(refused.answer === "" || refused.answer.includes("503")).toBe(true);
    expect((await streaming).complete).toBe(true);
    expect(await serving.ended).toBe(0);
  });

  it("twice cuts off running calls after at most ten seconds", async () => {
    const serving = await startServe({ data, env });
    const streaming = raw(serving.url, streamCall("[[slow:3600000]] never"));
    await streamArrives();
    serving.child.kill("SIGTERM");
    await until(() => (serving.log.some((line) => line.includes("draining")) ? true : undefined));
    serving.child.kill("SIGTERM");
    expect((await streaming).complete).toBe(false);
    expect(await serving.ended).toBe(0);
    const calls = await Array.fromAsync(readCalls(auditDir()));
    expect(calls.map(({ outcome }) => outcome)).not.toContain("ok");
    expect(calls).toHaveLength(1);
  });
});

describe("a second process", () => {
  it("on the same folder is refused with a clear error, and the first continues", async () => {
    const first = await startServe({ data, env });
    await expect(startServe({ data, env })).rejects.toThrow(/ended with 1:.*audit/s);
    expect((await raw(first.url, call("still"))).status).toBe(200);
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);
  });
});

/** Settles once the sandbox is answering a stream of this test. */
async function streamArrives(): Promise<void> {
  await until(() =>
    sandbox
      .calls()
      .some(({ operation, finished, aborted }) => operation === "ConverseStream" && !finished && !aborted)
      ? true
      : undefined,
  );
}

function streamCall(text: string): string {
  return request({
    path: `/model/${encodeURIComponent(HAIKU)}/converse-stream`,
    headers: [`x-api-key: ${token}`],
    body: converseBody(text),
  });
}

/** A connection that stays open between its requests. */
async function openConnection({ url }: ServeProcess): Promise<{ ask(): Promise<string> }> {
  const net = await import("node:net");
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port) });
  let closed = false;
  socket.on("close", () => (closed = true));
  socket.on("error", () => undefined);
  const ask = () =>
    new Promise<string>((resolve) => {
      if (closed) return resolve("");
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1")));
      socket.once("close", () => resolve(""));
      socket.write(call("kept"));
    });
  await ask();
  return { ask };
}
