/** Anthropic's Messages API: one JSON body, or its typed events. */
import { validationError } from "../errors.ts";
import { beforeWhole } from "../bedrock/converse.ts";
import type { Reply } from "../bedrock/reply.ts";
import { claude } from "../models/claude.ts";
import { headerOf, jsonAnswer } from "../wire.ts";
import type { Answer, WireRequest } from "../wire.ts";
import { anthropicError } from "./errors.ts";
import { sseAnswer } from "./sse.ts";

export function requireVersion(request: WireRequest): void {
  if (headerOf(request, "anthropic-version") === undefined)
    throw validationError("anthropic-version: header is required");
}

export async function messagesAnswer(reply: Reply, model: string): Promise<Answer> {
  await beforeWhole(reply);
  return jsonAnswer(200, claude.answer(reply, model));
}

export function messagesStream(reply: Reply, model: string): Answer {
  return sseAnswer(
    {
      events: claude.chunks(reply, model).map((data) => ({ name: typeOf(data), data })),
      failure: (error) => ({ name: "error", data: anthropicError(error) }),
      end: null,
    },
    reply,
  );
}

/** Anthropic's events are named after their type. */
function typeOf(event: object): string | null {
  return "type" in event && typeof event.type === "string" ? event.type : null;
}
