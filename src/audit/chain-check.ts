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
  /** Counted from 1; 0 if the whole file is concerned. */
  line: number;
  /** The affected record, or the first of several missing ones; 0 if unknown. */
  seq: number;
  message: string;
}

export interface ChainVerdict {
  /** `main`, or the worker's. */
  name: string;
  /** Records read. */
  records: number;
  segments: number;
  /** Checkpoints with a valid signature. */
  checkpoints: number;
  /** Number of the last record, and of the last one that a checkpoint signs; 0 if none. */
  last: number;
  signed: number;
}

interface Saved {
  text: string;
  seq: number;
  line: number;
}

/** What the main chain records of a worker's chain: its record of that number had this hash. */
interface Anchor extends Link {
  /** Number of the main chain's record. */
  by: number;
}

/** By the chain's name, in the main chain's order. */
export type Anchors = Map<string, Anchor[]>;

export class ChainCheck {
  readonly problems: Problem[] = [];
  /** What this chain records of others. */
  readonly anchors: Anchors = new Map();
  readonly #publicKey: KeyObject;
  readonly #chain: Chain;
  /** What the main chain records of this one, and the index of the next record that this one must hold. */
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
  /** Where the last record is. */
  #at = { file: "", line: 0 };

  constructor(publicKey: KeyObject, chain: Chain, anchored: readonly Anchor[]) {
    this.#publicKey = publicKey;
    this.#chain = chain;
    this.#anchored = anchored.toSorted((a, b) => a.seq - b.seq);
  }

  /** Reads the checkpoints saved outside the segments; invalid ones are problems. */
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
          this.#report(
            "checkpoint",
            this.#savedFile,
            number,
            seq,
            "not a checkpoint signed with this log's key",
          );
      }
    }
  }

  /** Trusts the segment's first line as the chain's beginning. */
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
        "the last line is incomplete",
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
    const message = `the chain ends with record ${this.#link.seq}, but record ${anchor.by} of the main chain refers to ${anchor.seq}`;
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
    // Continues from what the line claims, so that one problem isn't reported again for each later line.
    this.#link = fault === "malformed" ? { seq: previous.seq + 1, hash: previous.hash } : link;
    if (type === "checkpoint" && !fault) this.#checkpoint(text, previous);
    if (type === "chains" && !fault) this.#anchor(text);
    this.#compare(text, this.#link.seq);
    this.#compareAnchors(this.#link);
  }

  /** Keeps what the main chain records of the others. */
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
      const message = `isn't the record that record ${anchor.by} of the main chain refers to`;
      this.#report("edited", this.#at.file, this.#at.line, seq, message);
    }
  }

  #fault(fault: LineFault, expected: number, claimed: number): void {
    const { file, line } = this.#at;
    const [seq, message] = describeFault(fault, expected, claimed);
    this.#report(fault, file, line, seq, message);
  }

  /** Checks a checkpoint whose line is valid; invalid lines are already reported. */
  #checkpoint(text: string, previous: Link): void {
    const { file, line } = this.#at;
    const seq = previous.seq + 1;
    const record = parseCheckpoint(text);
    if (!record) return this.#report("checkpoint", file, line, seq, "lacks fields of a checkpoint");
    const other = record.record !== previous.seq || record.recordHash !== previous.hash;
    const fault = other ? "signs another record" : checkpointFault(record, this.#publicKey);
    if (fault) return this.#report("checkpoint", file, line, seq, fault);
    this.#checkpoints += 1;
    this.#signed = record.record;
  }

  /**
   * Compares the log with the saved checkpoints. Those in a gap are skipped: the gap is already reported. A checkpoint
   * that isn't saved is accepted: it is signed, and a crash may have prevented saving it.
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

/** The affected record and its problem. */
function describeFault(fault: LineFault, expected: number, claimed: number): [number, string] {
  switch (fault) {
    case "malformed":
      return [expected, "the line isn't a record"];
    case "edited":
      return [claimed, "this line or the one before it was altered"];
    case "misplaced":
      return [claimed, `record ${claimed} is where ${expected} belongs`];
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
