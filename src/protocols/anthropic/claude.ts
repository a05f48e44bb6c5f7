/**
 * Messages for Claude models: InvokeModel takes nearly the same body, so everything passes unchanged, including
 * fields unknown to Signet; Bedrock refuses by name what it doesn't take. Source: "Anthropic Claude Messages API" in
 * the Bedrock user guide, and the requests of @anthropic-ai/bedrock-sdk.
 */
import { chunkText, CLAUDE_VERSION, INVOCATION_METRICS } from "../../bedrock/invoke.ts";
import { SignetError } from "../../core/errors.ts";
import type { Failure } from "../failure.ts";
import { absent, isObject, texts, type Json } from "../fields.ts";
import { jsonOfPart, sse, type Inbound, type Part, type StreamTranslator } from "../translation.ts";
import { failureEvent } from "./errors.ts";
import { membersOf, objectOf, valueOf, type Members } from "./members.ts";

/** As Anthropic's own server sends it. */
export const PING = sse('{"type": "ping"}', "ping");

/** InvokeModel's body. `body` is `inbound.body`, parsed. */
export function invokeBody(inbound: Inbound, body: Json): Buffer {
  return objectOf(invokeMembers(inbound, body));
}

/**
 * The model and streaming are in InvokeModel's path instead of its body, the version has Bedrock's own name, and
 * betas are in the body instead of a header.
 */
export function invokeMembers({ body: bytes, headers }: Inbound, body: Json): Members {
  const members = membersOf(bytes);
  for (const name of ["model", "stream", "anthropic_version", "anthropic_beta"]) members.delete(name);
  members.set("anthropic_version", valueOf(CLAUDE_VERSION));
  const betas = betasOf(headers.get("anthropic-beta"), body["anthropic_beta"]);
  if (betas.length > 0) members.set("anthropic_beta", valueOf(betas));
  return members;
}

function betasOf(header = "", own: unknown): string[] {
  const named = header.split(",").map((name) => name.trim());
  const listed = absent(own) ? [] : texts(own, "anthropic_beta");
  return [...new Set([...named, ...listed])].filter((name) => name !== "");
}

/** The request unchanged but for the model's name. */
export function bodyFor(inbound: Inbound, model: string): Buffer {
  return withModel(inbound.body, model);
}

/** `model` is the caller's name of it. */
export function renderClaude(part: Part | undefined, model: string): string {
  if (!part || !isObject(jsonOfPart(part))) throw notUnderstood();
  return withModel(part.body, model).toString("utf8");
}

function withModel(json: Buffer, model: string): Buffer {
  return objectOf(membersOf(json).set("model", valueOf(model)));
}

export function openClaude({ model, id }: { model: string; id: string }): StreamTranslator {
  let stopped = false;
  return {
    ping: PING,
    event(type, payload) {
      if (type !== "chunk") return "";
      const text = chunkText(payload);
      if (text === undefined) throw notUnderstood();
      const event = JSON.parse(text) as ClaudeEvent;
      switch (event.type) {
        case "message_start":
          return sse(JSON.stringify({ ...event, message: { ...event.message, model } }), event.type);
        case "message_stop": {
          stopped = true;
          const { [INVOCATION_METRICS]: _metrics, ...rest } = event;
          return sse(JSON.stringify(rest), event.type);
        }
        default:
          if (typeof event.type !== "string") throw notUnderstood();
          // Unchanged, unless a line break would end it early.
          return sse(/[\r\n]/.test(text) ? JSON.stringify(event) : text, event.type);
      }
    },
    // The last event was message_stop itself.
    end: () => (stopped ? "" : undefined),
    fail: (failure: Failure) => failureEvent(failure, id),
  };
}

function notUnderstood(): SignetError {
  return new SignetError("upstream_invalid", "Bedrock's answer can't be parsed.");
}

interface ClaudeEvent {
  type: string;
  message?: object;
  [INVOCATION_METRICS]?: unknown;
}
