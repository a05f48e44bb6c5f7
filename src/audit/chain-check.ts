/**
 * Checks one chain, line by line: each follows the one before, checkpoints sign what they claim, and what was saved of
 * it elsewhere (checkpoints, the main chain's records of it) is there.
 */
import fs from "node:fs";
import type { KeyObject } from "node:crypto";
import path from "node:path";
import { GENESIS, checkLine } from "./chain.ts";
import type { LineFault, Link } from "./chain.ts";
import { checkpointFault, checkpointLink, parseCheckpoint } from "./checkpoint.ts";
import { readLines } from "./lines.ts";
import type { Line } from "./lines.ts";
import { parseRecord } from "./records.ts";
import type { ChainsRecord, OpenRecord } from "./records.ts";
import { MAIN_CHAIN } from "./segments.ts";
import type { Chain, Segment } from "./segments.ts";

export interface Problem {
  kind: LineFault | "truncated" | "checkpoint";
  /** The file's path within the folder. */
  file: string;
  /** Counted from 1; 0 where the whole file is concerned. */
  line: number;
  /** The record concerned, for missing ones the first of them; 0 where it is unknown. */
  seq: number;
  message: string;
}

export interface ChainVerdict {
  /** `main`, or the worker's. */
  name: string;
  /** Records read. */
  records: number;
  segments: number;
  /** Checkpoints whose signature holds. */
  checkpoints: number;
  /** Number of the last record, and of the last one that a checkpoint signs; 0 for none. */
  last: number;
  signed: number;
}

interface Saved {
  text: string;
  seq: number;
  line: number;
}

/** What the main chain tells of a worker's: its record of that number had this hash. */
interface Anchor extends Link {
  /** Number of the main chain's record that tells it. */
  by: number;
}

/** By the chain's name, in the order of the main chain. */
export type Anchors = Map<string, Anchor[]>;

export class ChainCheck {
  readonly problems: Problem[] = [];
  /** What this chain tells of others. */
  readonly anchors: Anchors = new Map();
  readonly #publicKey: KeyObject;
  readonly #chain: Chain;
  /** What the main chain tells of this one, and the index of the next that it must hold. */
  readonly #anchored: readonly Anchor[];
  #nextAnchor = 0;
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

  constructor(publicKey: KeyObject, chain: Chain, anchored: readonly Anchor[]) {
    this.#publicKey = publicKey;
    this.#chain = chain;
    this.#anchored = anchored.toSorted((a, b) => a.seq - b.seq);
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
    while ((this.#anchored[this.#nextAnchor]?.seq ?? Infinity) < segment.first) this.#nextAnchor += 1;
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

  end(segments: number): ChainVerdict {
    const cut = this.#saved.at(-1);
    if (cut && this.#next < this.#saved.length) {
      const message = `the log ends with record ${this.#link.seq}, but a signed checkpoint proves ${cut.seq}`;
      const { file, line } = this.#at;
      this.#report("truncated", file || this.#savedFile, line || cut.line, this.#link.seq + 1, message);
    } else this.#endAnchors();
    if (this.#savedMissing && this.#records > 0)
      this.#report("checkpoint", this.#savedFile, 0, 0, "the file of saved checkpoints is missing");
    return {
      name: this.#chain.name,
      records: this.#records,
      segments,
      checkpoints: this.#checkpoints,
      last: this.#link.seq,
      signed: this.#signed,
    };
  }

  #endAnchors(): void {
    const anchor = this.#anchored.at(-1);
    if (!anchor || this.#nextAnchor >= this.#anchored.length) return;
    const message = `the chain ends with record ${this.#link.seq}, but record ${anchor.by} of the main chain tells of ${anchor.seq}`;
    this.#report("truncated", this.#at.file, this.#at.line, this.#link.seq + 1, message);
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
    if (type === "chains" && !fault) this.#anchor(text);
    this.#compare(text, this.#link.seq);
    this.#compareAnchors(this.#link);
  }

  /** Takes what the main chain tells of the others. */
  #anchor(text: string): void {
    const record = parseRecord(text) as ChainsRecord;
    for (const { name, record: seq, recordHash } of record.chains) {
      const known = this.anchors.get(name) ?? [];
      this.anchors.set(name, [...known, { seq, hash: recordHash, by: record.seq }]);
    }
  }

  #compareAnchors({ seq, hash }: Link): void {
    for (;;) {
      const anchor = this.#anchored[this.#nextAnchor];
      if (!anchor || anchor.seq > seq) return;
      this.#nextAnchor += 1;
      if (anchor.seq < seq || anchor.hash === hash) continue;
      const message = `isn't the record that record ${anchor.by} of the main chain tells of`;
      this.#report("edited", this.#at.file, this.#at.line, seq, message);
    }
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
    const folder = this.#chain.name === MAIN_CHAIN ? "" : `${this.#chain.name}/`;
    this.problems.push({ kind, file: folder + file, line, seq, message });
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
