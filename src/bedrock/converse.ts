/**
 * The bodies of Converse and ConverseStream on the wire, as far as Signet writes or reads them. Blobs
 * are base64 text. Source: the service model of bedrock-runtime.
 */

/** Any JSON object whose form Bedrock doesn't define: a tool's input, a JSON schema. */
export type JsonObject = { [name: string]: unknown };

export type ImageFormat = "png" | "jpeg" | "gif" | "webp";
export type DocumentFormat = "pdf" | "csv" | "doc" | "docx" | "xls" | "xlsx" | "html" | "txt" | "md";
export type VideoFormat = "mkv" | "mov" | "mp4" | "webm" | "flv" | "mpeg" | "mpg" | "wmv" | "three_gp";

interface Bytes {
  bytes: string;
}

export interface ImageBlock {
  image: { format: ImageFormat; source: Bytes };
}

export interface DocumentBlock {
  document: {
    format: DocumentFormat;
    /** Alphanumerics, single spaces, hyphens, parentheses and square brackets. */
    name: string;
    source: Bytes;
    context?: string;
    citations?: { enabled: boolean };
  };
}

export interface VideoBlock {
  video: { format: VideoFormat; source: Bytes };
}

export interface TextBlock {
  text: string;
}

/** A mark after content: what precedes it is cached. */
export interface CachePointBlock {
  cachePoint: { type: "default"; ttl?: "5m" | "1h" };
}

export interface ToolUseBlock {
  toolUse: { toolUseId: string; name: string; input: JsonObject };
}

export type ToolResultContent = TextBlock | { json: JsonObject } | ImageBlock | DocumentBlock | VideoBlock;

export interface ToolResultBlock {
  toolResult: { toolUseId: string; content: ToolResultContent[]; status?: "success" | "error" };
}

/** Must come back exactly as the model gave it. */
export interface ReasoningBlock {
  reasoningContent: { reasoningText: { text: string; signature?: string } } | { redactedContent: string };
}

export type ContentBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | VideoBlock
  | CachePointBlock
  | ToolUseBlock
  | ToolResultBlock
  | ReasoningBlock;

export interface Message {
  role: "user" | "assistant";
  content: ContentBlock[];
}

export interface ToolSpec {
  toolSpec: { name: string; description?: string; inputSchema: { json: JsonObject }; strict?: boolean };
}

export interface ServiceTier {
  type: "priority" | "default" | "flex" | "reserved";
}

export interface ConverseRequest {
  messages: Message[];
  system?: (TextBlock | CachePointBlock)[];
  inferenceConfig?: {
    maxTokens?: number;
    /** 0–1 */
    temperature?: number;
    /** 0–1 */
    topP?: number;
    /** At most 2,500. */
    stopSequences?: string[];
  };
  toolConfig?: {
    tools: (ToolSpec | CachePointBlock)[];
    /** There is no `none`. */
    toolChoice?: { auto: object } | { any: object } | { tool: { name: string } };
  };
  outputConfig?: {
    textFormat?: {
      type: "json_schema";
      /** `schema` is the JSON schema as text. */
      structure: { jsonSchema: { schema: string; name?: string; description?: string } };
    };
    /** low, medium, high, xhigh or max */
    effort?: string;
  };
  /** Fields of the model's own format, e.g. Claude's `thinking`. */
  additionalModelRequestFields?: JsonObject;
  serviceTier?: ServiceTier;
  requestMetadata?: Record<string, string>;
}

export type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "guardrail_intervened"
  | "content_filtered"
  | "malformed_model_output"
  | "malformed_tool_use"
  | "model_context_window_exceeded";

/** `inputTokens` excludes what was read from or written to the cache. */
export interface ConverseUsage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  /** Tokens written to the cache, by how long it keeps them. */
  cacheDetails?: { ttl: "5m" | "1h"; inputTokens: number }[];
}

/** A citation as Bedrock gives it; relayed, never interpreted. */
export interface CitationsBlock {
  citationsContent: { content?: TextBlock[]; citations?: JsonObject[] };
}

export interface ConverseResponse {
  output: { message: { role: "assistant"; content: (ContentBlock | CitationsBlock)[] } };
  stopReason: StopReason;
  usage: ConverseUsage;
  metrics?: { latencyMs: number };
  /** The tier that served the call. */
  serviceTier?: ServiceTier;
  /** The stop sequence, if the model reports it, under its own field's name. */
  additionalModelResponseFields?: JsonObject;
}

/** ConverseStream's events by the name in `:event-type`, in the order in which they come. */
export interface ConverseEvents {
  messageStart: { role: "assistant" };
  /** Comes before tool use; text and reasoning may begin without it. */
  contentBlockStart: {
    contentBlockIndex: number;
    start: { toolUse?: { toolUseId: string; name: string } };
  };
  contentBlockDelta: {
    contentBlockIndex: number;
    delta: {
      text?: string;
      /** A piece of JSON, whole only once the block has stopped. */
      toolUse?: { input: string };
      reasoningContent?: { text?: string; signature?: string; redactedContent?: string };
      citation?: JsonObject;
    };
  };
  contentBlockStop: { contentBlockIndex: number };
  messageStop: { stopReason: StopReason; additionalModelResponseFields?: JsonObject };
  /** Always last. */
  metadata: { usage: ConverseUsage; metrics?: { latencyMs: number }; serviceTier?: ServiceTier };
}

export type ConverseEvent = {
  [Name in keyof ConverseEvents]: { type: Name; event: ConverseEvents[Name] };
}[keyof ConverseEvents];
