/**
 * The hash chain: how a record becomes a line, and how a line is checked against the one before.
 *
 * A line is one JSON object whose first field is `seq` and whose last is `hash`:
 * SHA-256, in lower-case hex, of the previous line's hash followed by this object without its `hash` field.
 */
import { hash } from "node:crypto";

/** A record's place in the chain. */
export interface Link {
  seq: number;
  hash: string;
}

/** The link before the first record. */
export const GENESIS: Link = { seq: 0, hash: "0".repeat(64) };

export type LineFault = "malformed" | "edited" | "missing" | "misplaced";

export interface CheckedLine {
  /** The link that the line claims, or the previous one if it can't be read: the next line is checked against it. */
  link: Link;
  /** The record's `type`; empty for a malformed line. */
  type: string;
  fault?: LineFault;
}

const HEAD = /^\{"seq":([1-9][0-9]{0,14}),"type":"([a-z]+)"/;
const TAIL = /,"hash":"([0-9a-f]{64})"\}$/;
/** Length of `,"hash":"<64 hex>"}`. */
const TAIL_LENGTH = 75;

/** Seals the fields of a record (a JSON object, `type` first) into a line with its newline. */
export function seal(previous: Link, fields: string): { line: string; link: Link } {
  const seq = previous.seq + 1;
  const body = `{"seq":${seq},${fields.slice(1)}`;
  const digest = hash("sha256", previous.hash + body, "hex");
  return { line: `${body.slice(0, -1)},"hash":"${digest}"}\n`, link: { seq, hash: digest } };
}

/** Checks one line (without its newline) against the place of the line before. */
export function checkLine(text: string, previous: Link): CheckedLine {
  const head = HEAD.exec(text);
  const claimed = TAIL.exec(text.slice(-TAIL_LENGTH))?.[1];
  if (!head || claimed === undefined) return { link: previous, type: "", fault: "malformed" };

  const seq = Number(head[1]);
  const checked = { link: { seq, hash: claimed }, type: head[2] ?? "" };
  if (seq > previous.seq + 1) return { ...checked, fault: "missing" };
  if (seq <= previous.seq) return { ...checked, fault: "misplaced" };

  const body = `${text.slice(0, -TAIL_LENGTH)}}`;
  if (hash("sha256", previous.hash + body, "hex") !== claimed) return { ...checked, fault: "edited" };
  return checked;
}
