/** The exact routes of every protocol: which one a method and path belong to, and what happens there. */
import type { Operation } from "../core/operations.ts";
import type { Protocol } from "../core/protocol.ts";
import { readCountTokens } from "./anthropic/count-tokens.ts";
import { readMessages } from "./anthropic/messages.ts";
import * as anthropic from "./anthropic/routes.ts";
import * as bedrock from "./bedrock/routes.ts";
import {
  readBatchEmbed,
  readCountTokens as readGeminiCount,
  readEmbed as readGeminiEmbed,
  readGenerate,
  readStreamGenerate,
} from "./gemini/read.ts";
import * as gemini from "./gemini/routes.ts";
import { readChat } from "./openai/chat/read.ts";
import { readEmbed } from "./openai/embeddings.ts";
import { readResponses } from "./openai/responses/read.ts";
import * as openai from "./openai/routes.ts";
import type { Ask, Inbound } from "./translation.ts";
import type { Headers } from "../core/headers.ts";

export type Route = { params: string[] } & (
  | /** Bedrock's own operations: relayed as they are. */
    { kind: "native"; protocol: "bedrock"; operation: Operation }
  | { kind: "translated"; protocol: Protocol; endpoint: string; read: (inbound: Inbound) => Ask }
  /** Answered by Signet: the models that the key may use, or one of them. */
  | { kind: "models"; protocol: Protocol; endpoint: string }
  /** Answered by Signet: clients ask whether anyone is there, before they have anything to say. */
  | { kind: "hello"; protocol: Protocol; endpoint: string }
);

/** The route, `"method"` where the path exists under another method, or undefined. */
export function matchRoute(method: string, path: string, headers: Headers): Route | "method" | undefined {
  const found = native(method, path);
  if (found) return found;
  const protocol = protocolOf(path, headers);
  switch (protocol) {
    case "anthropic":
      return ofAnthropic(method, path);
    case "gemini":
      return ofGemini(method, path);
    case "openai":
      return ofOpenAi(method, path);
    case "bedrock":
      return undefined;
    default: {
      const _: never = protocol;
      return _;
    }
  }
}

const GEMINI_METHOD = /:[a-z]+[A-Za-z]*(?:Content|Contents|Tokens)$/;

/**
 * The protocol whose form an error has, before there is a route. `/v1/models` is three protocols': the caller's
 * headers tell.
 */
export function protocolOf(path: string, headers: Pick<Headers, "has">): Protocol {
  if (path.startsWith("/v1/messages") || path.startsWith("/anthropic/") || path === "/api/hello")
    return "anthropic";
  if (path.startsWith("/v1beta/")) return "gemini";
  if (!path.startsWith("/v1/") && !path.startsWith("/openai/")) return "bedrock";
  if (!path.startsWith("/v1/models")) return "openai";
  if (headers.has("anthropic-version")) return "anthropic";
  return headers.has("x-goog-api-key") || GEMINI_METHOD.test(path) ? "gemini" : "openai";
}

function native(method: string, path: string): Route | "method" | undefined {
  const route = bedrock.matchRoute(method, path);
  return typeof route === "object" ? { kind: "native", protocol: "bedrock", ...route } : route;
}

function ofAnthropic(method: string, path: string): Route | "method" | undefined {
  const route = anthropic.matchRoute(method, path);
  if (typeof route !== "object") return route;
  const { endpoint, params } = route;
  switch (endpoint) {
    case "messages":
      return { kind: "translated", protocol: "anthropic", endpoint, params, read: readMessages };
    case "countTokens":
      return { kind: "translated", protocol: "anthropic", endpoint, params, read: readCountTokens };
    case "models":
    case "model":
      return { kind: "models", protocol: "anthropic", endpoint, params };
    case "hello":
      return { kind: "hello", protocol: "anthropic", endpoint, params };
    default: {
      const _: never = endpoint;
      return _;
    }
  }
}

function ofGemini(method: string, path: string): Route | "method" | undefined {
  const route = gemini.matchRoute(method, path);
  if (typeof route !== "object") return route;
  const { endpoint, params } = route;
  if (endpoint === "models" || endpoint === "model")
    return { kind: "models", protocol: "gemini", endpoint, params };
  return { kind: "translated", protocol: "gemini", endpoint, params, read: GEMINI_READERS[endpoint] };
}

const GEMINI_READERS = {
  generateContent: readGenerate,
  streamGenerateContent: readStreamGenerate,
  countTokens: readGeminiCount,
  embedContent: readGeminiEmbed,
  batchEmbedContents: readBatchEmbed,
} as const;

function ofOpenAi(method: string, path: string): Route | "method" | undefined {
  const route = openai.matchRoute(method, path);
  if (typeof route !== "object") return route;
  const { endpoint, params } = route;
  switch (endpoint) {
    case "chat":
      return { kind: "translated", protocol: "openai", endpoint: "chat.completions", params, read: readChat };
    case "embeddings":
      return { kind: "translated", protocol: "openai", endpoint, params, read: readEmbed };
    case "responses":
      return { kind: "translated", protocol: "openai", endpoint, params, read: readResponses };
    case "models":
    case "model":
      return { kind: "models", protocol: "openai", endpoint, params };
    default: {
      const _: never = endpoint;
      return _;
    }
  }
}
