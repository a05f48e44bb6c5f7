/** For tests: a caller's request, and a Converse answer in pieces as Bedrock would stream it. */
import { RUNTIME } from "../../sandbox/shapes/model.ts";
import { parserOf } from "../../sandbox/shapes/parse.ts";
import type { Found } from "../../sandbox/shapes/problems.ts";
import type {
  CitationsBlock,
  ContentBlock,
  ConverseEvent,
  ConverseEvents,
  ConverseRequest,
  ConverseResponse,
} from "../bedrock/converse.ts";
import type { Inbound, StreamTranslator, Translation } from "./translation.ts";

/** 2026-11-23T08:00:00Z */
export const NOW = 1_795_420_800_000;
export const ID = "0d4f0f4e-8a52-4c4e-9e6b-2f6f3a1b7c55";

/** `body`: JSON text, or a value to be serialized. */
export function inboundOf(body: unknown, headers: Record<string, string> = {}): Inbound {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return { params: [], query: "", headers: new Map(Object.entries(headers)), body: bytes, id: ID, now: NOW };
}

/** The request for Bedrock. If it is Converse's, throws what AWS's service model has against it. */
export function requestOf({ bodies }: Translation): ConverseRequest {
  const request = JSON.parse(String(bodies[0])) as ConverseRequest;
  const found: Found = { problems: [], unknown: [] };
  if (isConverse(request)) parseConverse({ modelId: "m", ...request }, found);
  if (found.problems.length + found.unknown.length > 0)
    throw new Error(`${JSON.stringify(found)} in ${JSON.stringify(request)}`);
  return request;
}

const parseConverse = parserOf(RUNTIME, "ConverseRequest");

/** InvokeModel's bodies for Claude and OpenAI's models have messages, too. */
function isConverse(request: object): boolean {
  return "messages" in request && !("anthropic_version" in request) && !("max_completion_tokens" in request);
}

export function renderedBy({ answer }: Translation, response: ConverseResponse): string {
  if (answer.kind !== "whole") throw new Error("a whole answer was not requested");
  return answer.render([{ headers: {}, body: Buffer.from(JSON.stringify(response)) }]);
}

export function openedBy({ answer }: Translation): StreamTranslator {
  if (answer.kind !== "stream") throw new Error("a stream was not requested");
  return answer.open();
}

export function fed(stream: StreamTranslator, events: readonly ConverseEvent[]): string {
  return events.map(({ type, event }) => stream.event(type, Buffer.from(JSON.stringify(event)))).join("");
}

/** `event:` names and data of SSE text. */
export function sseOf(text: string): { event: string; data: Record<string, unknown> }[] {
  return text
    .split("\n\n")
    .filter((each) => each !== "")
    .map((each) => {
      const [event = "", data = ""] = each.split("\n");
      return {
        event: event.slice("event: ".length),
        data: JSON.parse(data.slice("data: ".length)) as Record<string, unknown>,
      };
    });
}

/** `size`: characters of a piece of text or of a tool's input. */
export function eventsOf({ output, stopReason, usage }: ConverseResponse, size = 7): ConverseEvent[] {
  return [
    { type: "messageStart", event: { role: "assistant" } },
    ...output.message.content.flatMap((block, index) => blockEvents(block, index, size)),
    { type: "messageStop", event: { stopReason } },
    { type: "metadata", event: { usage, metrics: { latencyMs: 12 } } },
  ];
}

function blockEvents(
  block: ContentBlock | CitationsBlock,
  contentBlockIndex: number,
  size: number,
): ConverseEvent[] {
  const start: ConverseEvent[] = [];
  if ("toolUse" in block) {
    const { toolUseId, name } = block.toolUse;
    start.push({
      type: "contentBlockStart",
      event: { contentBlockIndex, start: { toolUse: { toolUseId, name } } },
    });
  }
  const deltas = deltasOf(block, size).map((delta): ConverseEvent => ({
    type: "contentBlockDelta",
    event: { contentBlockIndex, delta },
  }));
  return [...start, ...deltas, { type: "contentBlockStop", event: { contentBlockIndex } }];
}

type Delta = ConverseEvents["contentBlockDelta"]["delta"];

function deltasOf(block: ContentBlock | CitationsBlock, size: number): Delta[] {
  if ("text" in block) return pieces(block.text, size).map((text) => ({ text }));
  if ("citationsContent" in block) {
    return (block.citationsContent.content ?? []).flatMap(({ text }) =>
      pieces(text, size).map((piece) => ({ text: piece })),
    );
  }
  if ("toolUse" in block) {
    // Bedrock sends no input at all for a tool that is called without any.
    const json = Object.keys(block.toolUse.input).length === 0 ? "" : JSON.stringify(block.toolUse.input);
    return pieces(json, size).map((input) => ({ toolUse: { input } }));
  }
  if (!("reasoningContent" in block)) return [];
  const { reasoningContent: content } = block;
  if ("redactedContent" in content) return [{ reasoningContent: content }];
  const { text, signature } = content.reasoningText;
  const thoughts: Delta[] = pieces(text, size).map((piece) => ({ reasoningContent: { text: piece } }));
  return signature === undefined ? thoughts : [...thoughts, { reasoningContent: { signature } }];
}

function pieces(text: string, size: number): string[] {
  const found = [];
  for (let at = 0; at < text.length; at += size) found.push(text.slice(at, at + size));
  return found;
}
