/** Gemini's routes. The model stands in the path, the method after its last colon. */
const METHODS = [
  "generateContent",
  "streamGenerateContent",
  "countTokens",
  "embedContent",
  "batchEmbedContents",
] as const;

export type GeminiEndpoint = (typeof METHODS)[number] | "models" | "model";

export interface GeminiRoute {
  endpoint: GeminiEndpoint;
  /** The raw model. */
  params: string[];
}

const MODELS = /^\/(v1beta|v1)\/models(?:\/(.+))?$/;

/** The route, `"method"` where the path exists under another method, or undefined. */
export function matchRoute(method: string, path: string): GeminiRoute | "method" | undefined {
  const [, , rest] = MODELS.exec(path) ?? [];
  if (rest === undefined) {
    if (!MODELS.test(path)) return undefined;
    return method === "GET" ? { endpoint: "models", params: [] } : "method";
  }
  const colon = rest.lastIndexOf(":");
  const called = METHODS.find((name) => name === rest.slice(colon + 1));
  if (called && colon > 0) {
    return method === "POST" ? { endpoint: called, params: [rest.slice(0, colon)] } : "method";
  }
  return method === "GET" ? { endpoint: "model", params: [rest] } : undefined;
}
