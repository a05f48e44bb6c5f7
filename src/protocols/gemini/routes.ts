/** Gemini's routes. The model is in the path, the method after its last colon. */
import type { Headers } from "../../core/headers.ts";
import type { Route } from "../protocol.ts";
import type { Ask, Inbound } from "../translation.ts";
import { renderModel, renderModels } from "./models.ts";
import { readBatchEmbed, readCountTokens, readEmbed, readGenerate, readStreamGenerate } from "./read.ts";

const READERS = new Map<string, (inbound: Inbound) => Ask>([
  ["generateContent", readGenerate],
  ["streamGenerateContent", readStreamGenerate],
  ["countTokens", readCountTokens],
  ["embedContent", readEmbed],
  ["batchEmbedContents", readBatchEmbed],
]);

const MODELS = {
  kind: "models",
  endpoint: "models",
  params: [],
  form: { renderModels, renderModel },
} satisfies Route;
const PATH = /^\/(?:v1beta|v1)\/models(?:\/(.+))?$/;
const METHOD = /:[a-z]+[A-Za-z]*(?:Content|Contents|Tokens)$/;

/** Other protocols have `/v1/models` as well: Google's clients send their own header, or a method in the path. */
export function claims(path: string, headers: Pick<Headers, "has">): boolean {
  if (path.startsWith("/v1beta/")) return true;
  return path.startsWith("/v1/models") && (headers.has("x-goog-api-key") || METHOD.test(path));
}

/** The route, `"method"` if the path exists under another method, or undefined. */
export function match(method: string, path: string): Route | "method" | undefined {
  const found = PATH.exec(path);
  if (!found) return undefined;
  const [, rest] = found;
  if (rest === undefined) return method === "GET" ? MODELS : "method";
  const colon = rest.lastIndexOf(":");
  const endpoint = rest.slice(colon + 1);
  const read = colon > 0 ? READERS.get(endpoint) : undefined;
  if (read) {
    const params = [rest.slice(0, colon)];
    return method === "POST" ? { kind: "translated", endpoint, params, read } : "method";
  }
  return method === "GET" ? { ...MODELS, endpoint: "model", params: [rest] } : undefined;
}
