/**
 * The APIs of OpenAI and Anthropic that Bedrock serves on two hosts: bedrock-runtime, signed for `bedrock`, and
 * bedrock-mantle. Source: "Endpoints supported by Amazon Bedrock" in the Bedrock user guide.
 */
import type { WireRequest } from "../wire.ts";

export type CompatibleService = "bedrock" | "bedrock-mantle";

export type CompatibleOperation =
  | "ChatCompletions"
  | "Responses"
  | "ListModels"
  | "Messages"
  | "CountMessageTokens";

export interface CompatibleRoute {
  operation: CompatibleOperation;
  /** The services whose hosts have the path. */
  services: readonly [CompatibleService, ...CompatibleService[]];
}

const BOTH = ["bedrock", "bedrock-mantle"] as const;
const MANTLE = ["bedrock-mantle"] as const;

const ROUTES = new Map<string, CompatibleRoute>([
  ["POST /openai/v1/chat/completions", { operation: "ChatCompletions", services: BOTH }],
  ["POST /openai/v1/responses", { operation: "Responses", services: BOTH }],
  ["GET /openai/v1/models", { operation: "ListModels", services: BOTH }],
  ["POST /anthropic/v1/messages", { operation: "Messages", services: BOTH }],
  ["POST /v1/chat/completions", { operation: "ChatCompletions", services: MANTLE }],
  ["POST /v1/responses", { operation: "Responses", services: MANTLE }],
  ["GET /v1/models", { operation: "ListModels", services: MANTLE }],
  ["POST /anthropic/v1/messages/count_tokens", { operation: "CountMessageTokens", services: MANTLE }],
]);

/** Undefined for paths of Bedrock's own API. */
export function compatibleRoute({ method, path }: WireRequest): CompatibleRoute | undefined {
  return ROUTES.get(`${method} ${path}`);
}

/** The model in the body; null without one. Nothing is verified yet. */
export function namedModel({ body }: WireRequest): string | null {
  try {
    const { model } = JSON.parse(body.toString("utf8")) as { model?: unknown };
    return typeof model === "string" ? model : null;
  } catch {
    return null;
  }
}
