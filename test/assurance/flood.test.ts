/**
 * T31, T32: slow callers and flooding callers. Whatever they do, a concurrent honest caller gets every answer, and
 * the process stays within its bounds.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathOf } from "../support/caller.ts";
import { END_HEADERS, flood, frame, headerBlock } from "../support/http2-frames.ts";
import { installed, reportAbsent } from "../support/programs.ts";
import { startServed, type Served } from "../support/served.ts";
import { beside, residentMb } from "./beside.ts";
import { figure, tries } from "./figure.ts";

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(() => served.close());

const QUICK = tries(1, 0) === 1;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

describe("slow callers", () => {
  const slowHeaders = `POST ${pathOf("converse")} HTTP/1.1\r\nhost: x\r\nx-a: `;
  const slowBody = () =>
    `${slowHeaders}b\r\nx-api-key: ${served.token}\r\ncontent-length: 1000000\r\n\r\n{"messages":`;

  /** 200 connections that send another byte every 200 ms; settles with the milliseconds after which all were cut off. */
  async function trickle(beginning: string, atMostMs = Infinity): Promise<number> {
    const { hostname, port } = new URL(served.serving.url);
    const began = performance.now();
    const sockets = Array.from({ length: 200 }, () => net.connect(Number(port), hostname));
    const more = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write("x");
      if (performance.now() - began > atMostMs) for (const socket of sockets) socket.destroy();
    }, 200);
    const closed = sockets.map((socket) => {
      socket.on("error", () => undefined).resume();
      socket.write(beginning);
      return once(socket, "close");
    });
    await Promise.all(closed);
    clearInterval(more);
    return performance.now() - began;
  }

  it("are cut off within 7 s if 200 trickle their headers, and disturb nobody (T31)", async (context) => {
    const { result, wrong, report } = await beside(served, () => trickle(slowHeaders));
    expect(result).toBeLessThan(12_000);
    expect(wrong).toEqual([]);
    figure(context, `200 slow headers gone after ${seconds(result)}, ${report}`);
  });

  it("are cut off within 33 s if 200 trickle their bodies, and disturb nobody (T31)", async (context) => {
    const { result, wrong, report } = await beside(served, () =>
      trickle(slowBody(), QUICK ? 1_000 : Infinity),
    );
    expect(result).toBeLessThan(45_000);
    expect(wrong).toEqual([]);
    figure(context, `200 slow bodies ${QUICK ? "held" : "gone after"} ${seconds(result)}, ${report}`);
  });

  it("disturb nobody when simulated by slowhttptest (T31)", async (context) => {
    const [program] = installed("slowhttptest");
    if (program === undefined) return reportAbsent(context, "slowhttptest");
    const url = new URL(pathOf("converse"), served.serving.url).href;
    const length = String(tries(2, 15));
    const attack = (mode: string) =>
      run(program, [mode, "-c", "200", "-r", "200", "-i", "1", "-l", length, "-u", url, "-t", "POST"]);
    const { wrong, report } = await beside(served, () => Promise.all(["-H", "-B", "-X"].map(attack)));
    expect(wrong).toEqual([]);
    figure(context, `slowhttptest's headers, bodies and reads, ${report}`);
  });
});

describe("HTTP/2 floods", () => {
  const asking = (path: string, more: Record<string, string> = {}) =>
    headerBlock({ ":method": "POST", ":scheme": "http", ":path": path, ":authority": "x", ...more });

  /** How many batches were sent before the session was ended; all of them if it wasn't. */
  async function endedAfter(
    most: number,
    batch: (at: number) => Buffer,
  ): Promise<{ cut: boolean; batches: number }> {
    let batches = 0;
    const cut = await flood(served.serving.url, () => (batches < most ? batch(batches++) : undefined));
    return { cut, batches };
  }

  it("of resets end the session and disturb nobody (T32)", async (context) => {
    const each = 100;
    const cancelled = Buffer.from([0, 0, 0, 8]);
    const payload = asking(pathOf("converse"), { "x-api-key": served.token, "content-length": "10" });
    const { result, wrong, report } = await beside(served, () =>
      endedAfter(tries(500, 10_000), (at) =>
        Buffer.concat(
          Array.from({ length: each }, (_, i) => 2 * (at * each + i) + 1).flatMap((stream) => [
            frame({ type: "headers", stream, flags: END_HEADERS, payload }),
            frame({ type: "reset", stream, payload: cancelled }),
          ]),
        ),
      ),
    );
    expect(result.cut).toBe(true);
    expect(wrong).toEqual([]);
    figure(context, `rapid reset cut after at most ${result.batches * each} streams, ${report}`);
  });

  it("of CONTINUATION frames end the session and disturb nobody (T32)", async (context) => {
    const payload = headerBlock({ "x-a": "a".repeat(16_000) });
    const { result, wrong, report } = await beside(served, () =>
      endedAfter(tries(2_000, 20_000), (at) =>
        at === 0
          ? frame({ type: "headers", stream: 1, payload: asking("/") })
          : frame({ type: "continuation", stream: 1, payload }),
      ),
    );
    expect(result.cut).toBe(true);
    expect(wrong).toEqual([]);
    figure(context, `CONTINUATION cut after at most ${result.batches} frames, ${report}`);
  });

  it.for(["settings", "ping", "windowUpdate", "data"] as const)(
    "of small %s frames take no memory and disturb nobody (T32)",
    async (type, context) => {
      const payload = { settings: 0, ping: 8, windowUpdate: 4, data: 0 }[type];
      const stream = type === "data" ? 1 : 0;
      const small = frame({ type, stream, payload: Buffer.alloc(payload, 1) });
      const open = frame({
        type: "headers",
        stream: 1,
        flags: END_HEADERS,
        payload: asking(pathOf("converse"), { "x-api-key": served.token }),
      });
      const batch = Buffer.concat(Array.from({ length: 1000 }, () => small));
      const before = residentMb(served);
      const { result, wrong, report } = await beside(served, () =>
        endedAfter(tries(100, 3_000), (at) => (at === 0 ? open : batch)),
      );
      const grown = residentMb(served) - before;
      expect(grown).toBeLessThan(100);
      expect(wrong).toEqual([]);
      figure(context, `${result.batches * 1000} ${type} frames: ${Math.round(grown)} MB more, ${report}`);
    },
  );

  it("of ordinary requests, as from h2load, are all answered (T32)", async (context) => {
    const [program] = installed("h2load");
    if (program === undefined) return reportAbsent(context, "h2load", "nghttp2-client");
    const count = String(tries(2_000, 50_000));
    const args = ["-n", count, "-c", "20", "-m", "100", `${served.serving.url}/nothing-is-here`];
    const { result, wrong, report } = await beside(served, () => run(program, args));
    expect(result).toContain(`${count} done`);
    expect(result).toContain("0 errored, 0 timeout");
    expect(wrong).toEqual([]);
    figure(context, `${count} requests of h2load answered, ${report}`);
  });
});

/** Runs a program to its end; what it printed. */
async function run(program: string, args: string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  await once(child, "close");
  return Buffer.concat(said).toString();
}
