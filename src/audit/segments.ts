/** The log's files: segments are named by their first record's number, so that names sort as records do. */
import fs from "node:fs";
import path from "node:path";

const SEGMENT = /^audit-([0-9]{20})\.jsonl$/;

export interface Segment {
  name: string;
  path: string;
  /** Number of its first record. */
  first: number;
}

export function segmentAt(dir: string, first: number): Segment {
  const name = `audit-${String(first).padStart(20, "0")}.jsonl`;
  return { name, path: path.join(dir, name), first };
}

/** The log's segments, oldest first. Throws the system's error if the folder can't be read. */
export function listSegments(dir: string): Segment[] {
  return fs
    .readdirSync(dir)
    .flatMap((name) => {
      const match = SEGMENT.exec(name);
      return match ? [{ name, path: path.join(dir, name), first: Number(match[1]) }] : [];
    })
    .toSorted((a, b) => a.first - b.first);
}

/** A chain of records: one writer's. */
export interface Chain {
  /** `main`, or the worker's, e.g. `worker-1`. */
  name: string;
  dir: string;
}

export const MAIN_CHAIN = "main";
const WORKER_CHAIN = /^worker-([1-9][0-9]{0,3})$/;

/** The chain of the worker of that number, from 1 on. */
export function workerChain(dir: string, worker: number): Chain {
  const name = chainName(worker);
  return { name, dir: path.join(dir, name) };
}

/** The name of a worker's chain; 0 is the main one. */
export function chainName(worker: number): string {
  return worker === 0 ? MAIN_CHAIN : `worker-${worker}`;
}

/** The number of the worker that writes the chain; 0 for the main one. */
export function workerOf(chain: string): number {
  return Number(WORKER_CHAIN.exec(chain)?.[1] ?? 0);
}

/** The log's chains: the main one, in the folder itself, then all workers' chains by number. */
export function chainsOf(dir: string): Chain[] {
  const workers = fs.existsSync(dir)
    ? fs
        .readdirSync(dir)
        .map(workerOf)
        .filter((worker) => worker > 0)
    : [];
  return [
    { name: MAIN_CHAIN, dir },
    ...workers.toSorted((a, b) => a - b).map((worker) => workerChain(dir, worker)),
  ];
}

/** A copy of every checkpoint outside the segments: reveals that a segment's end was cut off. */
export function checkpointsPath(dir: string): string {
  return path.join(dir, "checkpoints.jsonl");
}
