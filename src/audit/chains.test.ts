/** A log of several chains: the main one, and those of workers. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCalls } from "./calls.ts";
import { all, newFolder, options, recordCalls, tickingClock } from "./fixtures.ts";
import { chainsOf, listSegments, workerChain } from "./segments.ts";
import { verifyAudit } from "./verify.ts";
import { openAudit } from "./writer.ts";

/** A closed log of the main chain and two workers, whose calls alternate; the main chain records both. */
async function logOfThree(): Promise<string> {
  const dir = newFolder();
  const clock = tickingClock();
  const main = await openAudit(options(dir, { clock }));
  const signingKey = path.join(path.dirname(dir), "audit-signing.pem");
  const workers = await Promise.all(
    [1, 2].map(async (worker) =>
      openAudit(options(workerChain(dir, worker).dir, { clock, signingKey, checkpointRecords: 5 })),
    ),
  );
  for (let round = 0; round < 5; round++)
    for (const [at, worker] of workers.entries()) await recordCalls(worker, [`${round}-${at + 1}`]);
  await Promise.all(workers.map(async (worker) => worker.close()));
  main.chains(workers.map((worker, at) => ({ name: `worker-${at + 1}`, ...worker.head() })));
  await main.close();
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Removes the last lines of the chain, and their traces in its own folder. */
function cut(dir: string, lines: number): void {
  const file = listSegments(dir).at(-1)!.path;
  const kept = fs
    .readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -lines - 1);
  fs.writeFileSync(file, `${kept.join("\n")}\n`);
  const saved = path.join(dir, "checkpoints.jsonl");
  const held = fs
    .readFileSync(saved, "utf8")
    .split("\n")
    .filter((line) => kept.includes(line));
  fs.writeFileSync(saved, held.map((line) => `${line}\n`).join(""));
}

describe("a log of several chains", () => {
  it("is verified as one, and read in order of time", async () => {
    const dir = await logOfThree();

    const { ok, chains } = await verifyAudit(dir);
    const calls = await all(readCalls(dir));

    expect(ok).toBe(true);
    expect(chains.map(({ name }) => name)).toEqual(["main", "worker-1", "worker-2"]);
    expect(calls.map(({ call }) => call)).toEqual([0, 1, 2, 3, 4].flatMap((n) => [`${n}-1`, `${n}-2`]));
    expect(calls.map(({ chain }) => chain)).toEqual([0, 1, 2, 3, 4].flatMap(() => ["worker-1", "worker-2"]));
  });

  it("T19: has an edited line in a worker's chain reported", async () => {
    const dir = await logOfThree();
    const [, , second] = chainsOf(dir);
    const file = listSegments(second!.dir)[0]!.path;
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"billing"', '"nobody!"'));

    const { problems } = await verifyAudit(dir);

    expect(problems).toEqual([
      expect.objectContaining({ kind: "edited", file: `worker-2/${path.basename(file)}` }),
    ]);
  });

  it("T19: has the complete removal of a worker's chain reported", async () => {
    const dir = await logOfThree();
    fs.rmSync(path.join(dir, "worker-1"), { recursive: true });

    const { problems } = await verifyAudit(dir);

    expect(problems).toEqual([expect.objectContaining({ kind: "missing", file: "worker-1" })]);
  });

  it("T19: has a worker's chain that was cut together with its own checkpoints reported", async () => {
    const dir = await logOfThree();
    cut(path.join(dir, "worker-2"), 3);

    const { problems } = await verifyAudit(dir);

    expect(problems).toEqual([
      expect.objectContaining({ kind: "truncated", file: expect.stringMatching(/^worker-2\//) }),
    ]);
  });

  it("T19: has swapped chains of two workers reported", async () => {
    const dir = await logOfThree();
    fs.renameSync(path.join(dir, "worker-1"), path.join(dir, "worker-3"));
    fs.renameSync(path.join(dir, "worker-2"), path.join(dir, "worker-1"));
    fs.renameSync(path.join(dir, "worker-3"), path.join(dir, "worker-2"));

    const { problems } = await verifyAudit(dir);

    expect(problems.map(({ file }) => file.split("/")[0])).toEqual(["worker-1", "worker-2"]);
  });
});
