/**
 * What the request line asks of a protocol that isn't Bedrock's own. All of it is pure: bytes in, bytes out.
 *
 *   read (Inbound → Ask)  →  operation, translate (Model → Translation)  →  render, or open → event … end
 */
import type { CompatibleApi } from "../bedrock/compatible.ts";
import type { Model } from "../bedrock/model.ts";
import { jsonOf } from "../core/json.ts";
import type { Operation } from "../core/operations.ts";
import type { Failure } from "./failure.ts";

/** A caller's request as it came. */
export interface Inbound {
  /** Decoded path parameters. */
  params: readonly string[];
  /** Raw, without `?`. */
  query: string;
  /** Lower-case names. */
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  /** Signet's id of the call: what ids in the answer are made from. */
  id: string;
  /** Epoch milliseconds. */
  now: number;
}

/** A request that was read and found sound, before it is known which model it goes to. */
export interface Ask {
  /** The caller's name of the model. */
  readonly model: string;
  /** For models that AWS serves in this protocol itself: the request as it came. Absent where AWS has no such path. */
  readonly passed?: Passed;
  /** Which operation it becomes; grants are matched against it. Throws SignetError where that model can't serve it. */
  operation(model: Model): Operation;
  /** Throws SignetError `invalid_body` or `unsupported_parameter`, naming the field. */
  translate(model: Model): Translation;
}

/** A request that is passed on, signed but not translated, to an endpoint of AWS's that speaks the caller's protocol. */
export interface Passed {
  api: CompatibleApi;
  /** Below the API's own prefix: `/chat/completions`, `/messages`. */
  path: string;
  streaming: boolean;
  /** The request's body for that model. */
  body(model: string): Buffer;
}

export interface Translation {
  /** Bodies for Bedrock: one, or one for each call that the request becomes (a batch of embeddings). */
  bodies: readonly Buffer[];
  /** Further headers for Bedrock, lower case. `content-type` and `accept` are `application/json` without them. */
  headers?: readonly (readonly [name: string, value: string])[];
  answer: Whole | Streamed;
}

/** One of Bedrock's answers, read whole. */
export interface Part {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** The body's JSON, where it has been parsed already: read it by `jsonOfPart`. */
  json?: unknown;
}

/** Throws SyntaxError. */
export function jsonOfPart(part: Part | undefined): unknown {
  if (!part) throw new SyntaxError("There is no answer.");
  return part.json ?? jsonOf(part.body);
}

export interface Whole {
  kind: "whole";
  /** From Bedrock's answers, in the order of `bodies`, to the caller's. Throws where they can't be understood. */
  render(parts: readonly Part[]): string;
}

export interface Streamed {
  kind: "stream";
  /** `text/event-stream`, or `application/json` for Gemini's arrays. */
  contentType: string;
  open(): StreamTranslator;
}

/** Turns one stream's events into text for the caller, in order. State stays inside. */
export interface StreamTranslator {
  /** The text for one event; empty where nothing is to be sent. `type` is the frame's `:event-type`. */
  event(type: string, payload: Uint8Array): string;
  /** What ends a good stream, or undefined where the stream isn't complete: then it must not look so. */
  end(): string | undefined;
  /** What tells the caller, in the middle of a stream, that it failed. */
  fail(failure: Failure): string;
  /** Keeps the connection from falling silent. */
  readonly ping: string;
}

/** The body as it was read, with another model's name: written anew, so that no second field of it means another. */
export function passedBody(body: object, model: string): Buffer {
  return Buffer.from(JSON.stringify({ ...body, model }));
}

/** A model that a key may use, as `/models` shows it. */
export interface ListedModel {
  /** What the caller may put in as the model. */
  id: string;
  /** `anthropic`, `amazon`, …, where it is known. */
  vendor: string | null;
  displayName?: string;
  /** Epoch milliseconds: since when it can be used, as far as Signet knows. */
  createdAt: number;
}

/** One event of a Server-Sent Events stream. `data` has no line breaks (JSON never has). */
export function sse(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
