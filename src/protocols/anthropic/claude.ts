/**
 * Messages for Claude models: InvokeModel takes nearly the same body, so everything passes, also what Signet has never
 * heard of; Bedrock refuses by name what it doesn't take. Source: "Anthropic Claude Messages API" in the Bedrock user
 * guide, and what @anthropic-ai/bedrock-sdk makes of a request.
 */
import { SignetError } from "../../core/errors.ts";
import type { Failure } from "../failure.ts";
import { absent, texts, type Json } from "../fields.ts";
import { jsonOf, jsonOfPart, sse, type Part, type StreamTranslator } from "../translation.ts";
import { failureEvent } from "./errors.ts";

const VERSION = "bedrock-2023-05-31";
/** As the SDK's own server sends it. */
export const PING = sse('{"type": "ping"}', "ping");

/** InvokeModel's body. The model and streaming stand in its path; betas in the body instead of a header. */
export function invokeBody(body: Json, headers: ReadonlyMap<string, string>): Record<string, unknown> {
  const { model: _model, stream: _stream, anthropic_beta: own, betas: _betas, ...rest } = body;
  const named = (headers.get("anthropic-beta") ?? "").split(",").map((name) => name.trim());
  const listed = absent(own) ? [] : texts(own, "anthropic_beta");
  const betas = [...new Set([...named, ...listed])].filter((name) => name !== "");
  return { ...rest, anthropic_version: VERSION, ...(betas.length > 0 && { anthropic_beta: betas }) };
}

/** `model` is the caller's name of it. */
export function renderClaude(part: Part | undefined, model: string): string {
  return JSON.stringify({ ...(jsonOfPart(part) as object), model });
}

export function openClaude({ model, id }: { model: string; id: string }): StreamTranslator {
  let stopped = false;
  return {
    ping: PING,
    event(type, payload) {
      if (type !== "chunk") return "";
      const { bytes } = jsonOf(payload) as { bytes?: unknown };
      if (typeof bytes !== "string")
        throw new SignetError("upstream_invalid", "A chunk of Bedrock's stream is empty.");
      const text = Buffer.from(bytes, "base64").toString("utf8");
      const event = JSON.parse(text) as ClaudeEvent;
      switch (event.type) {
        case "message_start":
          return sse(JSON.stringify({ ...event, message: { ...event.message, model } }), event.type);
        case "message_stop": {
          stopped = true;
          const { "amazon-bedrock-invocationMetrics": _metrics, ...rest } = event;
          return sse(JSON.stringify(rest), event.type);
        }
        default:
          // Everything else as it came; line breaks would end the event early.
          return sse(text.includes("\n") ? JSON.stringify(event) : text, event.type);
      }
    },
    // What came last was message_stop itself.
    end: () => (stopped ? "" : undefined),
    fail: (failure: Failure) => failureEvent(failure, id),
  };
}

interface ClaudeEvent {
  type: string;
  message?: object;
  "amazon-bedrock-invocationMetrics"?: unknown;
}
