/** Anthropic's routes, at the root and under `/anthropic`. */
export type AnthropicEndpoint = "messages" | "countTokens" | "models" | "model" | "hello";

export interface AnthropicRoute {
  endpoint: AnthropicEndpoint;
  /** The raw model id of `GET /v1/models/{id}`. */
  params: string[];
}

const PREFIX = "/anthropic";

/** The route, `"method"` where the path exists under another method, or undefined. */
export function matchRoute(method: string, path: string): AnthropicRoute | "method" | undefined {
  const rest = path.startsWith(`${PREFIX}/`) ? path.slice(PREFIX.length) : path;
  switch (rest) {
    case "/v1/messages":
      return method === "POST" ? { endpoint: "messages", params: [] } : "method";
    case "/v1/messages/count_tokens":
      return method === "POST" ? { endpoint: "countTokens", params: [] } : "method";
    case "/api/hello":
      return method === "HEAD" || method === "GET" ? { endpoint: "hello", params: [] } : "method";
    case "/v1/models":
      return method === "GET" ? { endpoint: "models", params: [] } : "method";
    default: {
      const [, id] = /^\/v1\/models\/(.+)$/.exec(rest) ?? [];
      if (id === undefined) return undefined;
      return method === "GET" ? { endpoint: "model", params: [id] } : "method";
    }
  }
}
