/** OpenAI's routes, under `/v1` and under `/openai/v1`. */
export type OpenAiEndpoint = "chat" | "responses" | "embeddings" | "models" | "model";

export interface OpenAiRoute {
  endpoint: OpenAiEndpoint;
  /** The raw model id of `GET /v1/models/{id}`. */
  params: string[];
}

const POSTS: Record<string, OpenAiEndpoint> = {
  "/chat/completions": "chat",
  "/responses": "responses",
  "/embeddings": "embeddings",
};

/** The route, `"method"` where the path exists under another method, or undefined. */
export function matchRoute(method: string, path: string): OpenAiRoute | "method" | undefined {
  const rest = afterPrefix(path);
  if (rest === undefined) return undefined;
  const posted = Object.hasOwn(POSTS, rest) ? POSTS[rest] : undefined;
  if (posted) return method === "POST" ? { endpoint: posted, params: [] } : "method";
  if (rest !== "/models" && !/^\/models\/./.test(rest)) return undefined;
  if (method !== "GET") return "method";
  if (rest === "/models") return { endpoint: "models", params: [] };
  return { endpoint: "model", params: [rest.slice("/models/".length)] };
}

function afterPrefix(path: string): string | undefined {
  if (path.startsWith("/v1/")) return path.slice("/v1".length);
  return path.startsWith("/openai/v1/") ? path.slice("/openai/v1".length) : undefined;
}
