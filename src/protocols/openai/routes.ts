/** OpenAI's routes, under `/v1` and under `/openai/v1`. */
import type { Route } from "../protocol.ts";
import { readChat } from "./chat/read.ts";
import { readEmbed } from "./embeddings.ts";
import { renderModel, renderModels } from "./models.ts";
import { readResponses } from "./responses/read.ts";

const CHAT: Route = { kind: "translated", endpoint: "chat.completions", params: [], read: readChat };
const RESPONSES: Route = { kind: "translated", endpoint: "responses", params: [], read: readResponses };
const EMBEDDINGS: Route = { kind: "translated", endpoint: "embeddings", params: [], read: readEmbed };
const MODELS = {
  kind: "models",
  endpoint: "models",
  params: [],
  form: { renderModels, renderModel },
} satisfies Route;
const MODEL = "/models/";

/** Everything that no other protocol claims. */
export function claims(path: string): boolean {
  return path.startsWith("/v1/") || path.startsWith("/openai/");
}

/** The route, `"method"` if the path exists under another method, or undefined. */
export function match(method: string, path: string): Route | "method" | undefined {
  const rest = afterPrefix(path);
  if (rest === undefined) return undefined;
  switch (rest) {
    case "/chat/completions":
      return method === "POST" ? CHAT : "method";
    case "/responses":
      return method === "POST" ? RESPONSES : "method";
    case "/embeddings":
      return method === "POST" ? EMBEDDINGS : "method";
    case "/models":
      return method === "GET" ? MODELS : "method";
    default: {
      const id = rest.startsWith(MODEL) ? rest.slice(MODEL.length) : "";
      if (id === "") return undefined;
      return method === "GET" ? { ...MODELS, endpoint: "model", params: [id] } : "method";
    }
  }
}

function afterPrefix(path: string): string | undefined {
  if (path.startsWith("/v1/")) return path.slice("/v1".length);
  return path.startsWith("/openai/v1/") ? path.slice("/openai/v1".length) : undefined;
}
