/** Anthropic's routes, at the root and under `/anthropic`. */
import type { Headers } from "../../core/headers.ts";
import type { Route } from "../protocol.ts";
import { readCountTokens } from "./count-tokens.ts";
import { readMessages } from "./messages.ts";
import { renderModel, renderModels } from "./models.ts";

const PREFIX = "/anthropic";
const MODEL = /^\/v1\/models\/(.+)$/;

const MESSAGES: Route = { kind: "translated", endpoint: "messages", params: [], read: readMessages };
const COUNT_TOKENS: Route = {
  kind: "translated",
  endpoint: "countTokens",
  params: [],
  read: readCountTokens,
};
const MODELS = {
  kind: "models",
  endpoint: "models",
  params: [],
  form: { renderModels, renderModel },
} satisfies Route;
const HELLO: Route = { kind: "hello", endpoint: "hello", params: [] };

/** Other protocols have `/v1/models` as well: Anthropic's clients send their version. */
export function claims(path: string, headers: Pick<Headers, "has">): boolean {
  if (path.startsWith("/v1/messages") || path.startsWith("/anthropic/") || path === "/api/hello") return true;
  return path.startsWith("/v1/models") && headers.has("anthropic-version");
}

/** The route, `"method"` if the path exists under another method, or undefined. */
export function match(method: string, path: string): Route | "method" | undefined {
  const rest = path.startsWith(`${PREFIX}/`) ? path.slice(PREFIX.length) : path;
  switch (rest) {
    case "/v1/messages":
      return method === "POST" ? MESSAGES : "method";
    case "/v1/messages/count_tokens":
      return method === "POST" ? COUNT_TOKENS : "method";
    case "/api/hello":
      return method === "HEAD" || method === "GET" ? HELLO : "method";
    case "/v1/models":
      return method === "GET" ? MODELS : "method";
    default: {
      const id = MODEL.exec(rest)?.[1];
      if (id === undefined) return undefined;
      return method === "GET" ? { ...MODELS, endpoint: "model", params: [id] } : "method";
    }
  }
}
