/**
 * How many tokens a call may use, estimated from the request that Bedrock gets: four bytes of text count as one token,
 * and the answer as long as the request allows. The estimate is replaced once Bedrock has counted.
 */
import { isEmbeddingModel } from "../bedrock/embeddings.ts";
import { modelOfId } from "../bedrock/model.ts";
import type { Operation } from "../core/operations.ts";
import { BOUND_GROUPS, BOUNDS, type Fields, type RequestScan } from "./scan.ts";

export interface Needed {
  input: number;
  output: number;
}

/** If the request sets no bound. Models answer with more only if nothing bounds them. */
const DEFAULT_OUTPUT = 4096;
const BYTES_PER_TOKEN = 4;
/** Claude scales images down to at most about 1,600 tokens; other vendors' are in the same range. */
const IMAGE_TOKENS = 1600;
/** A page of a document, and the minimum for a document. */
const PAGE_TOKENS = 3000;

/** JPEG, PNG, GIF and WebP by their first bytes. */
const IMAGE = /^(?:\/9j\/|iVBORw0KGg|R0lGOD|UklGR)/;

/** Operations whose answers report how many tokens they used. */
export function countsTokens(operation: Operation): boolean {
  switch (operation) {
    case "InvokeModel":
    case "InvokeModelWithResponseStream":
    case "InvokeModelWithBidirectionalStream":
    case "Converse":
    case "ConverseStream":
      return true;
    default:
      return false;
  }
}

/** Operations that aren't billed by tokens or never report them: their price can't be known. */
export function isUnpriced(operation: Operation): boolean {
  return (
    operation === "StartAsyncInvoke" ||
    operation === "ApplyGuardrail" ||
    operation === "InvokeGuardrailChecks"
  );
}

/** In that many bytes of text. */
export function tokensIn(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** `model`: as granted. Anything that isn't media is counted as text. */
export function neededBy(model: string, request: RequestScan): Needed {
  const texts = request.media();
  const tokens = texts.reduce((sum, each) => sum + tokensOf(each), 0);
  const chars = texts.reduce((sum, { length }) => sum + length, 0);
  const output = isEmbedding(model) ? 0 : (mostOutput(request.fields) ?? DEFAULT_OUTPUT);
  return { input: tokensIn(request.bytes - chars) + tokens, output };
}

/** More than there are models; beyond that, results are not kept. */
const REMEMBERED = 1_000;
const embeddings = new Map<string, boolean>();

function isEmbedding(model: string): boolean {
  const known = embeddings.get(model);
  if (known !== undefined) return known;
  const found = isEmbeddingModel(modelOfId(model));
  if (embeddings.size < REMEMBERED) embeddings.set(model, found);
  return found;
}

/** An image counts as a fixed number, a document by its size. */
function tokensOf(base64: string): number {
  if (IMAGE.test(base64)) return IMAGE_TOKENS;
  return Math.max(PAGE_TOKENS, tokensIn((base64.length / 4) * 3));
}

const PATHS = ["", ...BOUND_GROUPS.map((group) => `${group}.`)].flatMap((prefix) =>
  BOUNDS.map((name) => prefix + name),
);

/** The largest bound that the request names. */
function mostOutput(fields: Fields): number | undefined {
  if (fields.size === 0) return undefined;
  const bounds = PATHS.map((path) => fields.get(path)).filter((bound) => Number.isSafeInteger(bound));
  const most = Math.max(0, ...bounds.map(Number));
  return most === 0 ? undefined : most;
}
