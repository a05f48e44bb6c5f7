/** `POST /v1/embeddings` as InvokeModel calls of the vendors' embedding models. */
import { embeddingBodies, PURPOSES, readEmbeddings } from "../../bedrock/embeddings.ts";
import type { Model } from "../../bedrock/model.ts";
import {
  checkFields,
  count,
  invalid,
  oneOf,
  optional,
  readBody,
  text,
  texts,
  unsupported,
  type Json,
} from "../fields.ts";
import type { Ask, Inbound, Part, Translation } from "../translation.ts";
import { EMBEDDINGS } from "./support.ts";

/** OpenAI's own limit. */
const MAX_TEXTS = 2048;

export function readEmbed(inbound: Inbound): Ask {
  const body = readBody(inbound.body);
  checkFields(body, EMBEDDINGS);
  const model = text(body["model"], "model");
  const input = inputOf(body["input"]);
  return {
    model,
    operation: () => "InvokeModel",
    translate: (target) => translate(body, input, { target, model }),
  };
}

function translate(
  body: Json,
  input: string[],
  { target, model }: { target: Model; model: string },
): Translation {
  const dimensions = optional(body["dimensions"], "dimensions", count);
  const format = optional(body["encoding_format"], "encoding_format", (v, p) =>
    oneOf(v, p, ["float", "base64"]),
  );
  const purpose =
    optional(body["input_type"], "input_type", (v, p) => oneOf(v, p, PURPOSES)) ?? "search_document";
  const bodies = embeddingBodies(target, { texts: input, purpose, ...(dimensions && { dimensions }) });
  if ("problem" in bodies) throw unsupported(bodies.field, bodies.problem);
  return {
    bodies,
    answer: {
      kind: "whole",
      render: (parts) => render(parts, { target, model, base64: format === "base64" }),
    },
  };
}

function render(
  parts: readonly Part[],
  { target, model, base64 }: { target: Model; model: string; base64: boolean },
): string {
  const { vectors, tokens } = readEmbeddings(target, parts);
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: base64 ? float32(vector) : vector,
  }));
  return JSON.stringify({
    object: "list",
    data,
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** Little-endian 32-bit floats in base64. Source: the OpenAI SDK, which asks for this form by default. */
function float32(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString("base64");
}

function inputOf(value: unknown): string[] {
  const input = typeof value === "string" ? [value] : listed(value);
  if (input.length === 0) throw invalid("input", "expected at least one text.");
  if (input.length > MAX_TEXTS)
    throw invalid("input", `${input.length} texts exceed the limit of ${MAX_TEXTS}.`);
  const empty = input.indexOf("");
  if (empty >= 0) throw invalid(typeof value === "string" ? "input" : `input.${empty}`, "the text is empty.");
  return input;
}

function listed(value: unknown): string[] {
  if (Array.isArray(value) && (typeof value[0] === "number" || Array.isArray(value[0])))
    throw unsupported("input", "tokens are OpenAI's own: send text.");
  return texts(value, "input");
}
