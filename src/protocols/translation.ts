/**
 * What the gateway needs from a protocol other than Bedrock's own. All of it is pure: bytes in, bytes out.
 *
 *   read (Inbound → Ask)  →  operation, translate (Model → Translation)  →  render, or open → event … end
 */
import type { CompatibleApi } from "../bedrock/compatible.ts";
import type { UpstreamError } from "../bedrock/errors.ts";
import type { Model } from "../bedrock/model.ts";
import { jsonOf } from "../core/json.ts";
import type { SignetError } from "../core/errors.ts";
import type { Operation } from "../core/operations.ts";
import type { Setting } from "../core/settings.ts";
import type { Failure } from "./failure.ts";

/** A caller's request, unchanged. */
export interface Inbound {
  /** Decoded path parameters. */
  params: readonly string[];
  /** Raw, without `?`. */
  query: string;
  /** Lower-case names. */
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  /** Signet's id of the call, from which ids in the answer are derived. */
  id: string;
  /** Epoch milliseconds. */
  now: number;
}

/** A valid request, before its model is resolved. */
export interface Ask {
  /** The caller's name of the model. */
  readonly model: string;
  /** What the request sets by fields of its protocol; each needs a grant. */
  readonly settings?: readonly Setting[];
  /** For models that AWS serves in this protocol itself: the request unchanged. Absent if AWS has no such path. */
  readonly passed?: Passed;
  /** The operation it becomes, which grants must allow. Throws SignetError if that model can't serve it. */
  operation(model: Model): Operation;
  /** Throws SignetError `invalid_body` or `unsupported_parameter`, naming the field. */
  translate(model: Model): Translation;
}

/** A request passed on, signed but not translated, to an AWS endpoint that speaks the caller's protocol. */
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

/** One complete answer of Bedrock's. */
export interface Part {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** The body's JSON, if already parsed: read it by `jsonOfPart`. */
  json?: unknown;
}

/** Throws SyntaxError. */
export function jsonOfPart(part: Part | undefined): unknown {
  if (!part) throw new SyntaxError("There is no answer.");
  return part.json ?? jsonOf(part.body);
}

export interface Whole {
  kind: "whole";
  /** From Bedrock's answers, in the order of `bodies`, to the caller's. Throws if they can't be understood. */
  render(parts: readonly Part[]): string;
  /** The error that the caller gets in place of Bedrock's, if another. */
  refused?(error: UpstreamError): SignetError | undefined;
}

export interface Streamed {
  kind: "stream";
  /** `text/event-stream`, or `application/json` for Gemini's arrays. */
  contentType: string;
  open(): StreamTranslator;
}

/** Turns one stream's events into text for the caller, in order. State stays inside. */
export interface StreamTranslator {
  /** The text for one event; empty if there is nothing to send. `type` is the frame's `:event-type`. */
  event(type: string, payload: Uint8Array): string;
  /** The end of a complete stream; undefined if it is incomplete, which must not look complete. */
  end(): string | undefined;
  /** Reports a failure in the middle of a stream. */
  fail(failure: Failure): string;
  /** Keeps the connection active. */
  readonly ping: string;
}

/** The body with another model's name: written again, so that no second field can name a different one. */
export function passedBody(body: object, model: string): Buffer {
  return Buffer.from(JSON.stringify({ ...body, model }));
}

/** A model that a key may use, as `/models` shows it. */
export interface ListedModel {
  /** The name that the caller may use as the model. */
  id: string;
  /** `anthropic`, `amazon`, …, if known. */
  vendor: string | null;
  displayName?: string;
  /** Epoch milliseconds: when it became available, as far as Signet knows. */
  createdAt: number;
}

/** One event of a Server-Sent Events stream. `data` has no line breaks (JSON never has). */
export function sse(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
