/**
 * Verifies the log, or names each place where it was altered. Works beside a running writer: an incomplete final line
 * is accepted, and every checkpoint saved before the start must be found.
 */
import fs from "node:fs";
import path from "node:path";
import { ChainCheck, type Anchors, type ChainVerdict, type Problem } from "./chain-check.ts";
import { loadPublicKey, publicKeyPath, signingKeyPath } from "./checkpoint.ts";
import { firstSegmentFor } from "./scan.ts";
import { chainsOf, checkpointsPath, listSegments, MAIN_CHAIN } from "./segments.ts";
import type { Chain } from "./segments.ts";

export interface Verdict {
  ok: boolean;
  /** The main one first. */
  chains: ChainVerdict[];
  problems: Problem[];
}

export interface VerifyOptions {
  /** PEM file. Default: the one beside the log's folder. */
  publicKey?: string;
  /**
   * A copy of the main chain's `checkpoints.jsonl` kept elsewhere, or a folder with those of all chains, arranged as in
   * the log's. Default: the log's own.
   */
  checkpoints?: string;
  /** Epoch milliseconds: segments that end earlier are skipped, and the first one read is trusted. */
  since?: number;
}

/** Checks the whole log in `dir`. Rejects with the system's error if a file can't be read. */
export async function verifyAudit(dir: string, options: VerifyOptions = {}): Promise<Verdict> {
  const publicKey = loadPublicKey(options.publicKey ?? publicKeyPath(signingKeyPath(dir)));
  const chains: ChainVerdict[] = [];
  const problems: Problem[] = [];
  let anchors: Anchors = new Map();
  // The main chain first: it records what the others must hold.
  for (const chain of chainsOf(dir)) {
    const check = new ChainCheck(publicKey, chain, anchors.get(chain.name) ?? []);
    await check.readSaved(savedFileOf(chain, dir, options.checkpoints));
    const segments = listSegments(chain.dir);
    const first = options.since === undefined ? segments[0] : await firstSegmentFor(segments, options.since);
    const wanted = segments.filter((segment) => segment.first >= (first?.first ?? 0));
    if (options.since !== undefined && first) await check.trust(first);
    for (const segment of wanted) await check.readSegment(segment, segment === wanted.at(-1));
    chains.push(check.end(wanted.length));
    problems.push(...check.problems);
    if (chain.name === MAIN_CHAIN) ({ anchors } = check);
  }
  for (const [name, [anchor]] of anchors) {
    const isThere = chains.some((chain) => chain.name === name);
    if (isThere || !anchor) continue;
    const message = `the chain is missing, but record ${anchor.by} of the main chain refers to its record ${anchor.seq}`;
    problems.push({ kind: "missing", file: name, line: 0, seq: 1, message });
  }
  return { ok: problems.length === 0, chains, problems };
}

function savedFileOf({ name, dir }: Chain, root: string, elsewhere: string | undefined): string {
  if (elsewhere === undefined) return checkpointsPath(dir);
  if (fs.statSync(elsewhere).isDirectory())
    return checkpointsPath(path.join(elsewhere, path.relative(root, dir)));
  return name === MAIN_CHAIN ? elsewhere : checkpointsPath(dir);
}
