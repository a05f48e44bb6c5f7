/**
 * Proves the log, or names each place where it isn't as it was written. Works beside a running writer: an
 * unfinished last line is no problem, and every checkpoint saved before the start must be found.
 */
import fs from "node:fs";
import type { KeyObject } from "node:crypto";
import path from "node:path";
import { GENESIS, checkLine } from "./chain.ts";
import type { LineFault, Link } from "./chain.ts";
import {
  checkpointFault,
  checkpointLink,
  loadPublicKey,
  parseCheckpoint,
  publicKeyPath,
  signingKeyPath,
} from "./checkpoint.ts";
import { readLines } from "./lines.ts";
import type { Line } from "./lines.ts";
import { parseRecord } from "./records.ts";
import type { OpenRecord } from "./records.ts";
import { firstSegmentFor } from "./scan.ts";
import { checkpointsPath, listSegments } from "./segments.ts";
import type { Segment } from "./segments.ts";

export interface Problem {
  kind: LineFault | "truncated" | "checkpoint";
  /** The file's name within the folder. */
  file: string;
  /** Counted from 1; 0 where the whole file is concerned. */
  line: number;
  /** The record concerned, for missing ones the first of them; 0 where it is unknown. */
  seq: number;
  message: string;
}

export interface Verdict {
  ok: boolean;
  /** Records read. */
  records: number;
  segments: number;
  /** Checkpoints whose signature holds. */
  checkpoints: number;
  /** Number of the last record, and of the last one that a checkpoint signs; 0 for none. */
  last: number;
  signed: number;
  problems: Problem[];
}

export interface VerifyOptions {
  /** PEM file. Default: the one beside the log's folder. */
  publicKey?: string;
  /** A copy of `checkpoints.jsonl` kept elsewhere. Default: the folder's own. */
  checkpoints?: string;
  /** Epoch milliseconds: segments that end before are left out, and the first one read is taken at its word. */
  since?: number;
}

interface Saved {
  text: string;
  seq: number;
  line: number;
}

/** Checks the whole log in `dir`. Rejects with the system's error where a file can't be read. */
export async function verifyAudit(dir: string, options: VerifyOptions = {}): Promise<Verdict> {
  const publicKey = loadPublicKey(options.publicKey ?? publicKeyPath(signingKeyPath(dir)));
  const check = new Check(publicKey);
  await check.readSaved(options.checkpoints ?? checkpointsPath(dir));
  const segments = listSegments(dir);
  const first = options.since === undefined ? segments[0] : await firstSegmentFor(segments, options.since);
  const wanted = segments.filter((segment) => segment.first >= (first?.first ?? 0));
  if (options.since !== undefined && first) await check.trust(first);
  for (const segment of wanted) await check.readSegment(segment, segment === wanted.at(-1));
  return check.end(wanted.length);
}

class Check {
  readonly #publicKey: KeyObject;
  readonly #problems: Problem[] = [];
  #saved: Saved[] = [];
  #savedFile = "";
  #savedMissing = false;
  /** Index of the next saved checkpoint that the log must hold. */
  #next = 0;
  #link: Link = GENESIS;
  #records = 0;
  #checkpoints = 0;
  #signed = 0;
  /** Where the last record stands. */
  #at = { file: "", line: 0 };

  constructor(publicKey: KeyObject) {
    this.#publicKey = publicKey;
  }

  /** Reads the checkpoints that were saved outside the segments; those that don't hold are problems. */
  async readSaved(file: string): Promise<void> {
    this.#savedFile = path.basename(file);
    if (!fs.existsSync(file)) {
      this.#savedMissing = true;
      return;
    }
    for await (const lines of readLines(file, { offset: 0, line: 0 })) {
      for (const { text, number } of lines) {
        const link = checkpointLink(text, this.#publicKey);
        const seq = link?.seq ?? 0;
        if (link && seq > (this.#saved.at(-1)?.seq ?? 0)) this.#saved.push({ text, seq, line: number });
        else
          this.#report("checkpoint", this.#savedFile, number, seq, "this is no checkpoint of this log's key");
      }
    }
  }

  /** Takes the segment's first line as the chain's beginning. */
  async trust(segment: Segment): Promise<void> {
    for await (const [line] of readLines(segment.path, { offset: 0, line: 0 })) {
      const open = line && (parseRecord(line.text) as OpenRecord | undefined);
      this.#link = { seq: segment.first - 1, hash: open?.previous ?? GENESIS.hash };
      break;
    }
    while ((this.#saved[this.#next]?.seq ?? Infinity) < segment.first) this.#next += 1;
  }

  async readSegment(segment: Segment, last: boolean): Promise<void> {
    const position = { offset: 0, line: 0 };
    for await (const lines of readLines(segment.path, position)) {
      for (const line of lines) this.#line(segment, line);
    }
    const torn = fs.statSync(segment.path).size - position.offset;
    if (torn > 0 && !last)
      this.#report(
        "malformed",
        segment.name,
        position.line + 1,
        this.#link.seq + 1,
        "the last line is unfinished",
      );
    if (position.line === 0 && !last)
      this.#report("missing", segment.name, 1, segment.first, "the segment is empty");
  }

  end(segments: number): Verdict {
    const cut = this.#saved.at(-1);
    if (cut && this.#next < this.#saved.length) {
      const message = `the log ends with record ${this.#link.seq}, but a signed checkpoint proves ${cut.seq}`;
      const { file, line } = this.#at;
      this.#report("truncated", file || this.#savedFile, line || cut.line, this.#link.seq + 1, message);
    }
    if (this.#savedMissing && this.#records > 0)
      this.#report("checkpoint", this.#savedFile, 0, 0, "the file of saved checkpoints is missing");
    return {
      ok: this.#problems.length === 0,
      records: this.#records,
      segments,
      checkpoints: this.#checkpoints,
      last: this.#link.seq,
      signed: this.#signed,
      problems: this.#problems,
    };
  }

  #line(segment: Segment, { text, number }: Line): void {
    const previous = this.#link;
    const { link, type, fault } = checkLine(text, previous);
    this.#records += 1;
    this.#at = { file: segment.name, line: number };
    if (fault) this.#fault(fault, previous.seq + 1, link.seq);
    if (!fault && number === 1 && link.seq !== segment.first)
      this.#fault("misplaced", segment.first, link.seq);
    // Goes on from what the line claims, so that one problem doesn't make all that follows one.
    this.#link = fault === "malformed" ? { seq: previous.seq + 1, hash: previous.hash } : link;
    if (type === "checkpoint" && !fault) this.#checkpoint(text, previous);
    this.#compare(text, this.#link.seq);
  }

  #fault(fault: LineFault, expected: number, claimed: number): void {
    const { file, line } = this.#at;
    const [seq, message] = describeFault(fault, expected, claimed);
    this.#report(fault, file, line, seq, message);
  }

  /** Checks a checkpoint whose line holds; one whose line doesn't has been reported. */
  #checkpoint(text: string, previous: Link): void {
    const { file, line } = this.#at;
    const seq = previous.seq + 1;
    const record = parseCheckpoint(text);
    if (!record) return this.#report("checkpoint", file, line, seq, "lacks what a checkpoint holds");
    const other = record.record !== previous.seq || record.recordHash !== previous.hash;
    const fault = other ? "signs another record" : checkpointFault(record, this.#publicKey);
    if (fault) return this.#report("checkpoint", file, line, seq, fault);
    this.#checkpoints += 1;
    this.#signed = record.record;
  }

  /**
   * Holds the log against the saved checkpoints. Those in a gap are passed over: the gap has been reported. One that
   * isn't saved is no problem: it proves itself, and a crash may have come between.
   */
  #compare(text: string, seq: number): void {
    while ((this.#saved[this.#next]?.seq ?? Infinity) < seq) this.#next += 1;
    const saved = this.#saved[this.#next];
    if (saved?.seq !== seq) return;
    this.#next += 1;
    if (saved.text === text) return;
    const { file, line } = this.#at;
    this.#report("checkpoint", file, line, seq, "isn't the record that the saved checkpoint proves");
  }

  #report(kind: Problem["kind"], file: string, line: number, seq: number, message: string): void {
    this.#problems.push({ kind, file, line, seq, message });
  }
}

/** The record concerned and what is wrong with it. */
function describeFault(fault: LineFault, expected: number, claimed: number): [number, string] {
  switch (fault) {
    case "malformed":
      return [expected, "the line isn't a record"];
    case "edited":
      return [claimed, "the line isn't as it was written, or the one before isn't"];
    case "misplaced":
      return [claimed, `record ${claimed} stands where ${expected} belongs`];
    case "missing":
      return [
        expected,
        claimed === expected + 1
          ? `record ${expected} is missing`
          : `records ${expected} to ${claimed - 1} are missing`,
      ];
    default: {
      const unexpected: never = fault;
      throw new Error(`unknown fault ${String(unexpected)}`);
    }
  }
}
