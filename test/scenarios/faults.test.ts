/** Failures of calls: each has its code for the caller and an outcome other than `ok` (T24). */
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { brokenEvents, eventsOf, open, pathOf, type OpenCall } from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { HAIKU, newWorld, until, type World, type WorldOptions } from "../support/world.ts";

let world: World;
afterEach(() => world.close());

async function start(settings: NonNullable<WorldOptions["settings"]> = {}): Promise<void> {
  world = await newWorld({ settings });
}

/** A world whose Bedrock is the scripted one; STS stays the sandbox. */
async function startWith(serve: (socket: net.Socket) => void | Promise<void>): Promise<Upstream> {
  const upstream = await startUpstream(serve);
  onTestFinished(() => upstream.close());
  await start({ endpoints: { bedrockRuntime: upstream.url } });
  return upstream;
}

function post(prompt = "hello", action = "converse") {
  const headers = [`x-api-key: ${world.token}`];
  return raw(world.gateway.url, request({ path: pathOf(action), headers, body: converseBody(prompt) }));
}

const bedrockCalls = () => world.sandbox.calls().filter(({ service }) => service === "bedrock");

describe("Bedrock's own errors (F3)", () => {
  it.each([
    ["[[error:500]]", 500, "InternalServerException", "upstream_error", 1],
    ["[[error:503]]", 503, "ServiceUnavailableException", "upstream_error", 2],
    ["[[error:408]]", 408, "ModelTimeoutException", "client_error", 1],
    ["[[error:424]]", 424, "ModelErrorException", "client_error", 1],
    ["[[throttle]]", 429, "ThrottlingException", "throttled", 2],
  ])("%s is %i %s to the caller, too", async (prompt, status, type, outcome, attempts) => {
    await start();
    for (const action of ["converse", "converse-stream"]) {
      const answer = await post(prompt, action);
      expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([status, type]);
      expect(JSON.parse(answer.body)).toEqual({ message: expect.stringMatching(/./) });
      expect(answer.headers["x-signet-error"]).toBeUndefined();
      expect(answer.headers["x-amzn-requestid"]).toBe(bedrockCalls().at(-1)?.requestId);
      expect(answer.headers["retry-after"]).toBe(status === 429 ? "1" : undefined);
    }
    expect(bedrockCalls()).toHaveLength(2 * attempts);
    for (const call of await world.ended(2)) {
      expect(call).toMatchObject({
        outcome,
        status,
        attempts,
        upstreamStatus: status,
        upstreamErrorType: type,
      });
    }
  });

  it("an account without access to the model gets an error that says so, in Signet's words", async () => {
    await start();
    const answer = await post("[[not-subscribed]]");
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([403, "upstream_access_denied"]);
    expect((await world.ended(1))[0]).toMatchObject({ outcome: "denied", error: "upstream_access_denied" });
  });

  it("retries stay within a tenth of the calls in flight", async () => {
    const count = 40;
    const held: net.Socket[] = [];
    let release = () => undefined as void;
    const allArrived = new Promise<void>((resolve) => void (release = resolve));
    const upstream = await startWith(async (socket) => {
      held.push(socket);
      if (held.length === count) release();
      if (held.length > count) return;
      await allArrived;
      socket.write("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}");
    });
    let answered = 0;
    const answers = Array.from({ length: count }, async () => {
      const { status } = await post();
      answered++;
      return status;
    });
    await until(() => (answered === count - 4 ? true : undefined));
    await until(() => (upstream.requests === count + 4 ? true : undefined));
    for (const socket of held.slice(count))
      socket.write("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}");
    expect(new Set(await Promise.all(answers))).toEqual(new Set([503]));
    expect(upstream.requests).toBe(count + 4);
  });
});

describe("a Bedrock that doesn't answer (F3, F4)", () => {
  it.each(["converse", "converse-stream"])("in time is a 504 (%s)", async (action) => {
    await start({ timeouts: { firstByteSeconds: 0.2, unarySeconds: 0.2 } });
    world.sandbox.faults.set({ firstByteDelayMs: 30_000 });
    const answer = await post("hello", action);
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([504, "upstream_timeout"]);
    expect((await world.ended(1))[0]).toMatchObject({
      outcome: "upstream_error",
      error: "upstream_timeout",
      attempts: 1,
    });
    expect(bedrockCalls()).toHaveLength(1);
  });

  it("at all is a 503, tried twice", async () => {
    const gone = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => void gone.once("listening", resolve));
    const { port } = gone.address() as net.AddressInfo;
    await new Promise((resolve) => void gone.close(resolve));
    await start({ endpoints: { bedrockRuntime: `http://127.0.0.1:${port}` } });
    const answer = await post();
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([503, "upstream_unreachable"]);
    expect(answer.headers["retry-after"]).toBe("1");
    expect((await world.ended(1))[0]).toMatchObject({ outcome: "upstream_error", attempts: 2 });
  });

  it("and hangs up is a 503, and the call isn't sent twice, as it may have been processed", async () => {
    await start();
    world.sandbox.faults.set({ bedrockDown: true });
    const answer = await post();
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([503, "upstream_unreachable"]);
    expect((await world.ended(1))[0]).toMatchObject({ outcome: "upstream_error", attempts: 1 });
    expect(bedrockCalls()).toHaveLength(1);
  });

  it("within the time limit of a call is cut off, before its answer or midway", async () => {
    await start({ timeouts: { totalSeconds: 0.5 } });
    const call = await open(world, "h2c", "[[slow:20]] [[long:5000]]");
    expect((await brokenEvents(call.body)).broken).toBe(true);
    world.sandbox.faults.set({ firstByteDelayMs: 30_000 });
    const answer = await post();
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([504, "upstream_timeout"]);
    expect(await world.ended(2)).toMatchObject([
      { outcome: "truncated", error: "upstream_timeout" },
      { outcome: "upstream_error", error: "upstream_timeout" },
    ]);
  });
});

describe("an endpoint that is not Bedrock, or a broken one (F5)", () => {
  it.each([
    ["bytes that are no HTTP", "\u0016\u0003\u0001 garbage\r\n\r\n", 502, "upstream_invalid"],
    ["an endless header", `HTTP/1.1 200 OK\r\nx-filler: ${"y".repeat(200_000)}`, 502, "upstream_invalid"],
    [
      "a redirect",
      "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
      502,
      "upstream_invalid",
    ],
    ["nothing but the end of the connection", "", 503, "upstream_unreachable"],
    ["100 Continue that nobody asked for", "HTTP/1.1 100 Continue\r\n\r\n", 503, "upstream_unreachable"],
    ["half a status line", "HTTP/1.1 20", 503, "upstream_unreachable"],
    [
      "a login page",
      "HTTP/1.1 401 Unauthorized\r\ncontent-length: 6\r\n\r\n<html>",
      403,
      "upstream_access_denied",
    ],
  ])("%s: a coded error, one attempt", async (_, bytes, status, code) => {
    const upstream = await startWith((socket) => void socket.end(bytes));
    const answer = await post();
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([status, code]);
    expect(JSON.parse(answer.body)).toEqual({ message: expect.stringMatching(/./) });
    const [call] = await world.ended(1);
    expect(call).toMatchObject({ error: code, status, attempts: 1 });
    expect(["upstream_error", "denied"]).toContain(call?.outcome);
    expect(upstream.requests).toBe(1);
  });

  it("an error answer of endless length is classified by its status", async () => {
    await startWith((socket) => {
      socket.write(
        "HTTP/1.1 500 Oops\r\nx-amzn-errortype: InternalServerException\r\ncontent-length: 1000000\r\n\r\n",
      );
      socket.write("x".repeat(200_000));
    });
    const answer = await post();
    expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([500, "InternalServerException"]);
    expect((await world.ended(1))[0]).toMatchObject({ outcome: "upstream_error", upstreamStatus: 500 });
  });

  it("an answer shorter than its length is cut off, not shortened (T18)", async () => {
    await startWith((socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"output":'));
    const answer = await post();
    expect(answer).toMatchObject({ status: 200, complete: false, body: '{"output":' });
    expect((await world.ended(1))[0]).toMatchObject({ outcome: "truncated", error: "upstream_invalid" });
  });

  it.each([
    ["breaks off", (socket: net.Socket) => socket.end(), 502, "upstream_invalid"],
    ["falls silent", () => undefined, 504, "upstream_timeout"],
  ])("a translated answer that %s is Bedrock's error, not Signet's own", async (_, then, status, code) => {
    const upstream = await startUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"content":');
      then(socket);
    });
    onTestFinished(() => upstream.close());
    await start({ endpoints: { bedrockRuntime: upstream.url }, timeouts: { idleSeconds: 0.2 } });
    const body = { model: HAIKU, max_tokens: 5, messages: [{ role: "user", content: "hello" }] };
    const answer = await fetch(`${world.gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": world.token },
      body: JSON.stringify(body),
    });
    expect([answer.status, answer.headers.get("x-signet-error")]).toEqual([status, code]);
    expect(await world.ended(1)).toMatchObject([{ outcome: "upstream_error", error: code, status }]);
  });

  it("a stream that isn't an event stream is cut off (T17)", async () => {
    await startWith((socket) => {
      const page = "<html>Please sign in to the hotel network</html>";
      socket.end(
        `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${page.length}\r\n\r\n${page}`,
      );
    });
    const answer = await post("hello", "converse-stream");
    expect(answer.complete).toBe(false);
    expect(answer.body).not.toContain("hotel");
    expect((await world.ended(1))[0]).toMatchObject({ outcome: "truncated", error: "upstream_invalid" });
  });

  it("an informational response before the answer is skipped", async () => {
    await startWith((socket) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
    });
    expect(await post()).toMatchObject({ status: 200, body: "{}", complete: true });
    expect((await world.ended(1))[0]).toMatchObject({ outcome: "ok", attempts: 1 });
  });

  it("only known headers of Bedrock's answers are passed on", async () => {
    await startWith((socket) => {
      const headers = "set-cookie: a=b\r\nlocation: http://x/\r\nx-amz-id-2: secret\r\nserver: proxy\r\n";
      socket.write(
        `HTTP/1.1 200 OK\r\n${headers}x-amzn-bedrock-invocation-latency: 7\r\ncontent-length: 2\r\n\r\n{}`,
      );
    });
    const { headers } = await post();
    expect(headers["x-amzn-bedrock-invocation-latency"]).toBe("7");
    for (const name of ["set-cookie", "location", "x-amz-id-2", "server"])
      expect(headers).not.toHaveProperty(name);
  });
});

describe("too many concurrent calls (F6)", () => {
  it("wait in turn for a place, and are refused beyond the queue, even before the first session", async () => {
    await start({ limits: { concurrentCalls: 5, queuedCalls: 10 } });
    world.sandbox.faults.set({ stsDelayMs: 300 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(15);
    expect(answers.filter(({ headers }) => headers["x-signet-error"] === "overloaded")).toHaveLength(5);
  });

  it("that wait longer than a second for a place are refused", async () => {
    const { promise: refusal, resolve: release } = Promise.withResolvers<void>();
    const upstream = await startUpstream(async (socket) => {
      await refusal;
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    });
    onTestFinished(() => upstream.close());
    await start({
      limits: { concurrentCalls: 1, queuedCalls: 10 },
      endpoints: { bedrockRuntime: upstream.url },
    });
    const running = post();
    await until(() => upstream.requests === 1 || undefined);
    const refused = await post();
    expect([refused.status, refused.headers["x-signet-error"]]).toEqual([503, "overloaded"]);
    expect(upstream.requests).toBe(1);
    release();
    expect((await running).status).toBe(200);
    expect((await post()).status).toBe(200);
  });

  it("are refused beyond the limit if none may wait", async () => {
    await start({ limits: { concurrentCalls: 5, queuedCalls: 0 } });
    world.sandbox.faults.set({ stsDelayMs: 300 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post()));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(15);
    for (const { headers } of refused) {
      expect([headers["x-signet-error"], headers["retry-after"]]).toEqual(["overloaded", "1"]);
    }
    expect((await post()).status).toBe(200);
  });
});

describe("an audit log", () => {
  it("that is removed stops new calls within a second, and running streams finish (T20)", async () => {
    await start();
    expect((await post()).status).toBe(200);
    const running = await open(world, "HTTP/1.1", "[[slow:20]] [[long:50]]");
    const events = eventsOf(running.body);
    await events.next();
    for (const file of fs.readdirSync(world.auditDir))
      if (file.endsWith(".jsonl")) fs.rmSync(path.join(world.auditDir, file));
    const removedAt = performance.now();
    const succeededAt: number[] = [];
    await until(async () => {
      const sentAt = performance.now();
      const answer = await post();
      if (answer.status === 200) succeededAt.push(sentAt);
      return answer.headers["x-signet-error"] === "audit_unavailable" || undefined;
    });
    expect(succeededAt.filter((at) => at > removedAt + 1_000)).toEqual([]);
    const sent = bedrockCalls().length;
    const refused = await post();
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "5"]);
    expect((await raw(world.gateway.url, request({ method: "GET", path: "/readyz" }))).status).toBe(503);
    expect(bedrockCalls()).toHaveLength(sent);
    expect((await Array.fromAsync(events)).at(-1)?.type).toBe("metadata");
  });

  it("on a full disk stops new calls, and running streams finish and are recorded once there is space (T20)", async () => {
    await start();
    const running = await open(world, "h2c", "[[slow:20]] [[long:40]]");
    const events = eventsOf(running.body);
    await events.next();
    const full = () => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    const write = vi.spyOn(fs, "writeSync").mockImplementation(full);
    onTestFinished(() => void vi.restoreAllMocks());
    const refused = await post();
    expect([refused.status, refused.headers["x-signet-error"]]).toEqual([503, "audit_unavailable"]);
    expect(bedrockCalls()).toHaveLength(1);
    expect((await Array.fromAsync(events)).at(-1)?.type).toBe("metadata");
    write.mockRestore();
    await until(async () => ((await post()).status === 200 ? true : undefined));
    expect(await record(running)).toMatchObject({ outcome: "ok" });
  });

  async function record(call: OpenCall) {
    const id = call.headers["x-signet-request-id"];
    return until(async () =>
      (await world.calls()).find((each) => each.call === id && each.outcome !== "running"),
    );
  }
});

describe("shutdown (F7)", () => {
  it("refuses new calls, lets running ones finish, and cuts those that last too long", async () => {
    await start();
    const upstream = await open(world, "HTTP/1.1", "[[slow:20]] [[long:30]]");
    const endless = await open(world, "h2c", "[[slow:20]] [[long:5000]]");
    const closed = world.gateway.close(1.5);
    expect((await Array.fromAsync(eventsOf(upstream.body))).at(-1)?.type).toBe("metadata");
    expect((await brokenEvents(endless.body)).broken).toBe(true);
    await closed;
    const outcomes = (await world.ended(2)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["ok", "truncated"]);
    expect((await world.ended(2))[1]?.error).toBe("draining");
  });
});
