import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { openAudit } from "./writer.ts";
import { readCalls } from "./calls.ts";
import { all, intent, newFolder, options, outcome } from "./fixtures.ts";
import { verifyAudit } from "./verify.ts";

const ROUNDS = 20;

/** Records calls until it is killed; prints each one's id when its intent is written and when it is durable. */
const WRITER = `
  import fs from "node:fs";
  const [clock, audit, dir, round, intent, outcome] = process.argv.slice(1);
  const { systemClock } = await import(clock);
  const { openAudit } = await import(audit);
  const log = await openAudit({
    dir, segmentBytes: 20_000, checkpointRecords: 20, checkpointSeconds: 60, reserveBytes: 4096,
    clock: systemClock, version: "test", onTrouble: (error) => { throw error; },
  });
  const say = (line) => fs.writeSync(1, line + "\\n");
  for (let n = 0; ; ) {
    const calls = Array.from({ length: 8 }, () => round + "-" + n++);
    await Promise.all(calls.map(async (call, i) => {
      const { written, durable } = log.intent({ ...JSON.parse(intent), call });
      await written;
      say("written " + call);
      await durable;
      say("durable " + call);
      if (i % 2 === 0) log.outcome({ ...JSON.parse(outcome), call });
    }));
  }`;

/** Runs a writer, kills it once it has printed `lines` lines, and returns what it acknowledged. */
async function killedWriter(dir: string, round: number, lines: number): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      WRITER,
      path.join(import.meta.dirname, "../core/clock.ts"),
      path.join(import.meta.dirname, "writer.ts"),
      dir,
      `r${round}`,
      JSON.stringify(intent("")),
      JSON.stringify(outcome("")),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = once(child, "exit");
  const acknowledged: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(line.split(" ")[1]!);
    if (acknowledged.length === lines) child.kill("SIGKILL");
  }
  const [, signal] = (await ended) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");
  return [...new Set(acknowledged)];
}

describe("kill -9 (F8)", () => {
  it("loses no acknowledged record, in 20 rounds on one log, and every orphan is closed", async () => {
    const dir = newFolder();
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged.push(...(await killedWriter(dir, round, 1 + round * 37)));
      expect((await verifyAudit(dir)).problems).toEqual([]);
    }
    await (await openAudit(options(dir))).close();

    const calls = new Map((await all(readCalls(dir))).map((call) => [call.call, call.outcome]));
    expect(acknowledged.filter((call) => !calls.has(call))).toEqual([]);
    expect(new Set(calls.values())).toEqual(new Set(["ok", "unknown"]));
    expect((await verifyAudit(dir)).problems).toEqual([]);
  });
});
