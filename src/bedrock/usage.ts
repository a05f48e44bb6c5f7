/**
 * Where Bedrock reports how many tokens a call used: response headers (InvokeModel), the body (Converse), the
 * `metadata` event (ConverseStream), and `amazon-bedrock-invocationMetrics` in the last chunk (Invoke streams).
 * Some models omit the counts.
 */
import { INVOCATION_METRICS } from "./invoke.ts";

export interface TokenCounts {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheWriteInputTokens: number;
  /** How many of those written are kept for an hour, not for five minutes. Absent: not reported. */
  cacheWrite1hInputTokens?: number;
}

const HEADERS = {
  inputTokens: "x-amzn-bedrock-input-token-count",
  outputTokens: "x-amzn-bedrock-output-token-count",
  cacheReadInputTokens: "x-amzn-bedrock-cache-read-input-token-count",
  cacheWriteInputTokens: "x-amzn-bedrock-cache-write-input-token-count",
} as const;

export function countsFromHeaders(headers: Readonly<Record<string, string>>): TokenCounts | undefined {
  if (headers[HEADERS.inputTokens] === undefined && headers[HEADERS.outputTokens] === undefined)
    return undefined;
  return {
    inputTokens: count(headers[HEADERS.inputTokens]),
    outputTokens: count(headers[HEADERS.outputTokens]),
    cacheReadInputTokens: count(headers[HEADERS.cacheReadInputTokens]),
    cacheWriteInputTokens: count(headers[HEADERS.cacheWriteInputTokens]),
  };
}

/** The counts in a unary JSON answer: Converse's `usage`, or the same in a vendor's own fields. */
export function countsFromBody(body: Buffer): TokenCounts | undefined {
  return countsFromJson(parse(body));
}

/** The same from a parsed body. */
export function countsFromJson(json: unknown): TokenCounts | undefined {
  return countsFromUsage(fieldOf(json, "usage"));
}

/** The counts in one event of an SSE stream of OpenAI's or Anthropic's. They may come in more than one event. */
export function countsFromEvent(data: string): Partial<TokenCounts> | undefined {
  const event = parse(Buffer.from(data));
  const within = fieldOf(event, "response") ?? fieldOf(event, "message") ?? event;
  const usage = fieldOf(within, "usage");
  const counts = countsFromUsage(usage);
  if (counts) return counts;
  // Anthropic's message_delta has the changes since message_start.
  const outputTokens = fieldOf(usage, "output_tokens");
  return outputTokens === undefined ? undefined : { outputTokens: count(outputTokens) };
}

function countsFromUsage(usage: unknown): TokenCounts | undefined {
  return converseCounts(usage) ?? openAiCounts(usage) ?? anthropicCounts(usage);
}

/** The counts in ConverseStream's `metadata` event. */
export function countsFromMetadata(payload: Uint8Array): TokenCounts | undefined {
  return converseCounts(fieldOf(parse(payload), "usage"));
}

/**
 * The counts in the last chunk of an Invoke stream. They don't say how long written tokens are kept; Claude's first
 * event, `message_start`, does.
 */
export function countsFromChunks(first: Uint8Array, last: Uint8Array): TokenCounts | undefined {
  const counts = countsFromLastChunk(last);
  if (counts === undefined || counts.cacheWriteInputTokens === 0) return counts;
  return { ...counts, ...writtenForAnHour(fieldOf(fieldOf(inChunk(first), "message"), "usage")) };
}

/** The counts in a chunk of a bidirectional stream: Nova Sonic says in `usageEvent` what was used so far. */
export function countsFromUsageEvent(payload: Uint8Array): TokenCounts | undefined {
  const usage = fieldOf(fieldOf(inChunk(payload), "event"), "usageEvent");
  if (typeof usage !== "object" || usage === null) return undefined;
  return {
    inputTokens: count(fieldOf(usage, "totalInputTokens")),
    outputTokens: count(fieldOf(usage, "totalOutputTokens")),
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
  };
}

/** An answer's counts from its headers, with how long written tokens are kept from its body. */
export function withWritten(counts: TokenCounts, body: Buffer): TokenCounts {
  return { ...counts, ...writtenForAnHour(fieldOf(parse(body), "usage")) };
}

/** `{"bytes":"<base64 of the vendor's JSON>"}` */
function inChunk(payload: Uint8Array): unknown {
  const bytes = fieldOf(parse(payload), "bytes");
  return typeof bytes === "string" ? parse(Buffer.from(bytes, "base64")) : undefined;
}

function countsFromLastChunk(payload: Uint8Array): TokenCounts | undefined {
  const metrics = fieldOf(inChunk(payload), INVOCATION_METRICS);
  if (typeof metrics !== "object" || metrics === null) return undefined;
  return {
    inputTokens: count(fieldOf(metrics, "inputTokenCount")),
    outputTokens: count(fieldOf(metrics, "outputTokenCount")),
    cacheReadInputTokens: count(fieldOf(metrics, "cacheReadInputTokenCount")),
    cacheWriteInputTokens: count(fieldOf(metrics, "cacheWriteInputTokenCount")),
  };
}

function converseCounts(usage: unknown): TokenCounts | undefined {
  if (typeof usage !== "object" || usage === null || !("inputTokens" in usage)) return undefined;
  return {
    inputTokens: count(usage.inputTokens),
    outputTokens: count(fieldOf(usage, "outputTokens")),
    cacheReadInputTokens: count(fieldOf(usage, "cacheReadInputTokens")),
    cacheWriteInputTokens: count(fieldOf(usage, "cacheWriteInputTokens")),
    ...writtenForAnHour(usage),
  };
}

/** Converse's `cacheDetails`, Claude's `cache_creation`; nothing if the answer has neither. */
function writtenForAnHour(usage: unknown): Pick<TokenCounts, "cacheWrite1hInputTokens"> {
  const details = fieldOf(usage, "cacheDetails");
  const created = fieldOf(usage, "cache_creation");
  if (Array.isArray(details)) {
    const hours = details.filter((detail) => fieldOf(detail, "ttl") === "1h");
    const tokens = hours.reduce<number>((sum, detail) => sum + count(fieldOf(detail, "inputTokens")), 0);
    return { cacheWrite1hInputTokens: tokens };
  }
  if (typeof created !== "object" || created === null) return {};
  return { cacheWrite1hInputTokens: count(fieldOf(created, "ephemeral_1h_input_tokens")) };
}

/** OpenAI's input tokens include cached ones. Chat Completions and Responses use different names. */
function openAiCounts(usage: unknown): TokenCounts | undefined {
  const chat = fieldOf(usage, "prompt_tokens");
  const details = fieldOf(usage, chat === undefined ? "input_tokens_details" : "prompt_tokens_details");
  if (chat === undefined && details === undefined) return undefined;
  const cacheReadInputTokens = count(fieldOf(details, "cached_tokens"));
  const cacheWriteInputTokens = count(fieldOf(details, "cache_write_tokens"));
  const input = count(chat ?? fieldOf(usage, "input_tokens"));
  return {
    inputTokens: Math.max(0, input - cacheReadInputTokens - cacheWriteInputTokens),
    outputTokens: count(fieldOf(usage, chat === undefined ? "output_tokens" : "completion_tokens")),
    cacheReadInputTokens,
    cacheWriteInputTokens,
  };
}

function anthropicCounts(usage: unknown): TokenCounts | undefined {
  if (typeof usage !== "object" || usage === null || !("input_tokens" in usage)) return undefined;
  return {
    inputTokens: count(usage.input_tokens),
    outputTokens: count(fieldOf(usage, "output_tokens")),
    cacheReadInputTokens: count(fieldOf(usage, "cache_read_input_tokens")),
    cacheWriteInputTokens: count(fieldOf(usage, "cache_creation_input_tokens")),
    ...writtenForAnHour(usage),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function count(value: unknown): number {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}
