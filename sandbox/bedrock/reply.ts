/** The deterministic models: an echo by default, and the behavior that a prompt's markers request. See README.md. */
import { hash } from "node:crypto";
import { bedrockError, bedrockException, validationError } from "../errors.ts";
import type { BedrockExceptionName } from "../errors.ts";
import { exampleOf } from "./example.ts";
import { readMarkers, toolCall } from "./markers.ts";
import type { Marker } from "./markers.ts";
import { reportOf } from "./reports.ts";
import { REDACTED_REASONING, signReasoning, tokensOf } from "./turn.ts";
import type { Turn } from "./turn.ts";

export type Block =
  | { kind: "text"; text: string }
  | { kind: "tool"; id: string; name: string; input: object }
  /** The signature is null for models that don't sign their reasoning. */
  | { kind: "reasoning"; text: string; signature: string | null }
  | { kind: "redacted"; data: string };

/** Converse's, and `refusal` and `pause_turn`, which only Anthropic's format has. */
const STOP_REASONS = [
  "end_turn",
  "tool_use",
  "max_tokens",
  "stop_sequence",
  "guardrail_intervened",
  "content_filtered",
  "malformed_model_output",
  "malformed_tool_use",
  "model_context_window_exceeded",
  "refusal",
  "pause_turn",
] as const;
type StopReason = (typeof STOP_REASONS)[number];

/** A failure while the answer is sent. */
type Mishap =
  | { kind: "exception"; type: BedrockExceptionName; afterEvents: number }
  | { kind: "cut" | "bad-crc" };

interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  /** How many of those written are kept for an hour. */
  cacheWrite1h: number;
}

export interface Reply {
  blocks: Block[];
  stopReason: StopReason;
  stopSequence: string | null;
  usage: Usage;
  /** Delay before each event of a stream, or before a whole answer. */
  delayMs: number;
  mishap: Mishap | null;
}

const REASONING = "The user wants an answer, so an answer is what comes next.";
const EVENTS_BEFORE_MISHAP = 4;
const NOT_SUBSCRIBED =
  "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace " +
  "actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. " +
  "Refer to the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model " +
  "cannot be completed at this time. If you recently fixed this issue, try again after 2 minutes.";

/** `body` is the whole parsed request. Throws the AwsError that a marker requests before any answer. */
export function replyTo(turn: Turn, body: unknown): Reply {
  const { markers, text } = readMarkers(turn.prompt);
  for (const marker of markers) refuseIfAsked(marker, turn);
  const argumentOf = (name: string): string | undefined =>
    markers.find((each) => each.name === name)?.argument;
  const calls = toolCalls(turn, markers);
  const report = reportOf(markers, turn, body);
  const answer = report ?? answerText(turn, text, argumentOf("long"));
  const blocks: Block[] = reasoningBlocks(turn, argumentOf("reasoning"));
  if (calls.length === 0) blocks.push({ kind: "text", text: answer });
  blocks.push(...calls);
  // A report is never shortened: half of it would be useless.
  const limited = report === null ? limit(blocks, turn) : { blocks, stopReason: null, stopSequence: null };
  const [cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0] = (argumentOf("cache") ?? "")
    .split(",")
    .map(Number);
  return {
    ...limited,
    stopReason:
      stopAsked(argumentOf("stop")) ?? limited.stopReason ?? (calls.length > 0 ? "tool_use" : "end_turn"),
    usage: {
      input: tokensOf(turn.inputCharacters),
      output: tokensOf(limited.blocks.reduce((sum, block) => sum + sizeOf(block), 0)),
      cacheRead,
      cacheWrite,
      cacheWrite1h,
    },
    delayMs: Number(argumentOf("slow") ?? 0),
    mishap: mishapOf(markers),
  };
}

/** Whether a guardrail, if the request has one, intervenes. */
export function isBlocked(prompt: string): boolean {
  return readMarkers(prompt).markers.some(({ name }) => name === "block");
}

function reasoningBlocks({ thinks, signs }: Turn, asked: string | undefined): Block[] {
  if (!thinks && asked === undefined) return [];
  const signature = signs ? signReasoning(REASONING) : null;
  const reasoning: Block = { kind: "reasoning", text: REASONING, signature };
  return asked === "redacted" ? [reasoning, { kind: "redacted", data: REDACTED_REASONING }] : [reasoning];
}

function stopAsked(argument: string | undefined): StopReason | undefined {
  if (argument === undefined) return undefined;
  const reason = STOP_REASONS.find((each) => each === argument);
  if (reason === undefined) throw validationError(`[[stop:${argument}]]: unknown stop reason.`);
  return reason;
}

function refuseIfAsked({ name, argument }: Marker, { tooLong }: Turn): void {
  if (name === "too-long") throw validationError(tooLong);
  if (name === "throttle") {
    throw bedrockError("ThrottlingException", "Too many requests, please wait before trying again.");
  }
  if (name === "not-subscribed") throw bedrockError("AccessDeniedException", NOT_SUBSCRIBED);
  if (name !== "error") return;
  const type = {
    "408": "ModelTimeoutException",
    "424": "ModelErrorException",
    "503": "ServiceUnavailableException",
  };
  throw bedrockError(
    (type[argument as keyof typeof type] ?? "InternalServerException") as BedrockExceptionName,
    "The system encountered an unexpected error during processing. Try your request again.",
  );
}

function mishapOf(markers: Marker[]): Mishap | null {
  for (const { name, argument } of markers) {
    const type = bedrockException(argument) ?? "InternalServerException";
    if (name === "fail-mid-stream") return { kind: "exception", type, afterEvents: EVENTS_BEFORE_MISHAP };
    if (name === "first-frame-error") return { kind: "exception", type, afterEvents: 0 };
    if (name === "cut" || name === "bad-crc") return { kind: name };
  }
  return null;
}

/** Calls that markers request or that the request forces; a model never calls a tool that it wasn't offered. */
function toolCalls(turn: Turn, markers: Marker[]): (Block & { kind: "tool" })[] {
  if (turn.toolResults.length > 0) return [];
  const asked = markers
    .filter(({ name }) => name === "tool")
    .map(({ argument }) => toolCall(argument))
    .filter((call) => call !== null && turn.tools.includes(call.name));
  if (asked.length === 0 && turn.forcedTool !== null) asked.push({ name: turn.forcedTool, input: {} });
  return asked
    .filter((call) => call !== null)
    .map(({ name, input }, i) => ({ kind: "tool", id: toolId(turn.prompt, i), name, input }));
}

function toolId(prompt: string, index: number): string {
  return `tooluse_${hash("sha256", `${index} ${prompt}`, "hex").slice(0, 22)}`;
}

function answerText(turn: Turn, text: string, long: string | undefined): string {
  if (long !== undefined)
    return Array.from({ length: Number(long) || 0 }, (_, i) => `word${i + 1}`).join(" ");
  if (turn.schema !== undefined) return JSON.stringify(exampleOf(turn.schema, text));
  if (turn.toolResults.length > 0) return `The tools answered: ${turn.toolResults.join("; ")}`;
  return `You said: ${text}`;
}

/** Applies stop sequences and the token limit to the text. */
function limit(
  blocks: Block[],
  { maxTokens, stopSequences }: Turn,
): { blocks: Block[]; stopReason: StopReason | null; stopSequence: string | null } {
  let stopReason: StopReason | null = null;
  let stopSequence: string | null = null;
  let room = maxTokens === null ? Number.POSITIVE_INFINITY : maxTokens * 4;
  const limited = blocks.map((block) => {
    if (block.kind !== "text") return block;
    let { text } = block;
    for (const sequence of stopSequences) {
      const at = sequence === "" ? -1 : text.indexOf(sequence);
      if (at < 0) continue;
      text = text.slice(0, at);
      stopReason = "stop_sequence";
      stopSequence = sequence;
    }
    if (text.length > room) {
      text = text.slice(0, room);
      stopReason = "max_tokens";
      stopSequence = null;
    }
    room -= text.length;
    return { ...block, text };
  });
  return { blocks: limited, stopReason, stopSequence };
}

function sizeOf(block: Block): number {
  switch (block.kind) {
    case "text":
    case "reasoning":
      return block.text.length;
    case "tool":
      return block.name.length + JSON.stringify(block.input).length;
    case "redacted":
      return block.data.length;
    default: {
      const _: never = block;
      return _;
    }
  }
}

/** A text in the pieces of a stream: word by word. */
export function wordsOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** A tool's input in pieces, none of them complete JSON. */
export function jsonPieces(input: object): string[] {
  return JSON.stringify(input).match(/.{1,8}/gs) ?? [];
}
