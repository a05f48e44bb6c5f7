/**
 * How many tokens a call may use, read from the request that Bedrock gets: four bytes of text are taken for a token, and
 * the answer for as long as the request allows. It is settled once Bedrock has counted.
 */
import { isEmbeddingModel } from "../bedrock/embeddings.ts";
import { modelOfId } from "../bedrock/model.ts";
import { parseJson } from "../core/json.ts";
import type { Operation } from "../core/operations.ts";

export interface Needed {
  input: number;
  output: number;
}

/** Where the request doesn't say. Models answer with more only where nothing bounds them. */
const DEFAULT_OUTPUT = 4096;
const BYTES_PER_TOKEN = 4;
/** Claude scales images down to at most about 1,600 tokens; other vendors' are in the same range. */
const IMAGE_TOKENS = 1600;
/** A page of a document, and the least that is taken for one. */
const PAGE_TOKENS = 3000;

/** Shorter texts in Base64 are counted as text: nothing is gained by telling them apart. */
const MEDIA_CHARS = 1000;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** JPEG, PNG, GIF and WebP by their first bytes. */
const IMAGE = /^(?:\/9j\/|iVBORw0KGg|R0lGOD|UklGR)/;

/** Operations whose answers tell how many tokens they used. */
export function countsTokens(operation: Operation): boolean {
  switch (operation) {
    case "InvokeModel":
    case "InvokeModelWithResponseStream":
    case "Converse":
    case "ConverseStream":
      return true;
    default:
      return false;
  }
}

/** Operations that are paid for otherwise than by tokens, or never say how many: their price can't be known. */
export function isUnpriced(operation: Operation): boolean {
  return operation === "StartAsyncInvoke" || operation === "ApplyGuardrail";
}

/** Of so many bytes of text. */
export function tokensIn(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** `model`: as granted. A body that isn't JSON is counted as text: Bedrock refuses it. */
export function neededBy(model: string, body: Buffer): Needed {
  if (isPlain(body)) return { input: tokensIn(body.length), output: outputOf(model, undefined) };
  const request = parsed(body);
  const media = mediaIn(request);
  const tokens = media.reduce((sum, each) => sum + tokensOf(each), 0);
  const chars = media.reduce((sum, { length }) => sum + length, 0);
  const input = tokensIn(body.length - chars) + tokens;
  return { input, output: outputOf(model, request) };
}

function outputOf(model: string, request: unknown): number {
  return isEmbedding(model) ? 0 : (mostOutput(request) ?? DEFAULT_OUTPUT);
}

/** More than there are models; the answers for what is beyond are not kept. */
const REMEMBERED = 1_000;
const embeddings = new Map<string, boolean>();

function isEmbedding(model: string): boolean {
  const known = embeddings.get(model);
  if (known !== undefined) return known;
  const found = isEmbeddingModel(modelOfId(model));
  if (embeddings.size < REMEMBERED) embeddings.set(model, found);
  return found;
}

/**
 * Whether nothing in the body needs to be read: too small for media, and no field that bounds the answer (all of them
 * have "max" in their names, unless it is written as an escape).
 */
function isPlain(body: Buffer): boolean {
  return body.length < MEDIA_CHARS && !body.includes("max") && !body.includes("\\u");
}

function parsed(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** An image by its kind, a document as text that holds nothing else. */
function tokensOf(base64: string): number {
  if (IMAGE.test(base64)) return IMAGE_TOKENS;
  return Math.max(PAGE_TOKENS, tokensIn((base64.length / 4) * 3));
}

/** Not by recursion: a body may be nested more deeply than the stack. */
function mediaIn(request: unknown): string[] {
  const found: string[] = [];
  const rest = [request];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value === "string" && value.length >= MEDIA_CHARS && BASE64.test(value)) found.push(value);
    else if (typeof value === "object" && value !== null)
      for (const each of Object.values(value)) rest.push(each);
  }
  return found;
}

/** Where requests bound their answer: Converse's, Nova's and Titan's groups, and fields of other vendors. */
const GROUPS = ["inferenceConfig", "textGenerationConfig", "additionalModelRequestFields"];
const FIELDS = [
  "maxTokens",
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "max_new_tokens",
  "max_gen_len",
  "max_tokens_to_sample",
  "maxTokenCount",
];

/** The largest bound that the request names. */
function mostOutput(request: unknown): number | undefined {
  if (request === undefined) return undefined;
  let most = 0;
  for (const group of [request, ...GROUPS.map((name) => fieldOf(request, name))]) {
    for (const name of FIELDS) {
      const bound = fieldOf(group, name);
      if (typeof bound === "number" && Number.isSafeInteger(bound) && bound > most) most = bound;
    }
  }
  return most === 0 ? undefined : most;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
