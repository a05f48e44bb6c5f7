/** Embedding models: vectors that depend only on the text, so that equal texts get equal vectors. */
import { hash } from "node:crypto";
import { z } from "zod";
import { parseShape } from "../bedrock/shape.ts";
import { tokensOf } from "../bedrock/turn.ts";

export interface Embedded {
  body: object;
  inputTokens: number;
}

const titanSchema = z.strictObject({
  inputText: z.string().min(1).max(50_000),
  dimensions: z.union([z.literal(256), z.literal(512), z.literal(1024)]).default(1024),
  normalize: z.boolean().default(true),
  embeddingTypes: z.array(z.enum(["float", "binary"])).optional(),
});

const cohereSchema = z.strictObject({
  texts: z.array(z.string().min(1)).min(1).max(96),
  input_type: z.enum(["search_document", "search_query", "classification", "clustering"]),
  truncate: z.enum(["NONE", "LEFT", "RIGHT", "START", "END"]).optional(),
  embedding_types: z.array(z.enum(["float", "int8", "uint8", "binary", "ubinary"])).optional(),
  max_tokens: z.int().min(1).optional(),
  output_dimension: z.union([z.literal(256), z.literal(512), z.literal(1024), z.literal(1536)]).optional(),
});

const novaSchema = z.strictObject({
  schemaVersion: z.literal("nova-multimodal-embed-v1").optional(),
  taskType: z.literal("SINGLE_EMBEDDING"),
  singleEmbeddingParams: z.strictObject({
    embeddingPurpose: z.enum([
      "GENERIC_INDEX",
      "GENERIC_RETRIEVAL",
      "TEXT_RETRIEVAL",
      "IMAGE_RETRIEVAL",
      "VIDEO_RETRIEVAL",
      "DOCUMENT_RETRIEVAL",
      "AUDIO_RETRIEVAL",
      "CLASSIFICATION",
      "CLUSTERING",
    ]),
    embeddingDimension: z
      .union([z.literal(256), z.literal(384), z.literal(1024), z.literal(3072)])
      .default(3072),
    text: z.strictObject({
      truncationMode: z.enum(["START", "END", "NONE"]),
      value: z.string().min(1).max(50_000),
    }),
  }),
});

export function embedTitan(body: unknown): Embedded {
  const { inputText, dimensions } = parseShape(titanSchema, body);
  const embedding = vectorOf(inputText, dimensions);
  const inputTokens = tokensOf(inputText.length);
  return {
    body: { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: inputTokens },
    inputTokens,
  };
}

/** v3 answers with a bare array unless `embedding_types` is given; v4 always by type. Token counts are only in the header. */
export function embedCohere(body: unknown, modelId: string): Embedded {
  const isV4 = modelId.includes("embed-v4");
  const schema = isV4 ? cohereSchema : cohereSchema.omit({ output_dimension: true, max_tokens: true });
  const request: z.infer<typeof cohereSchema> = parseShape(schema, body);
  const dimensions = isV4 ? (request.output_dimension ?? 1536) : 1024;
  const vectors = request.texts.map((text) => vectorOf(text, dimensions));
  const byType = isV4 || request.embedding_types !== undefined;
  return {
    body: {
      id: "00000000-0000-4000-8000-000000000000",
      texts: request.texts,
      embeddings: byType ? { float: vectors } : vectors,
      response_type: byType ? "embeddings_by_type" : "embeddings_floats",
    },
    inputTokens: tokensOf(request.texts.join("").length),
  };
}

/** Of Nova's modalities, only text. Token counts are only in the header. */
export function embedNova(body: unknown): Embedded {
  const { text, embeddingDimension } = parseShape(novaSchema, body).singleEmbeddingParams;
  const embedding = vectorOf(text.value, embeddingDimension);
  return {
    body: { embeddings: [{ embeddingType: "TEXT", embedding }] },
    inputTokens: tokensOf(text.value.length),
  };
}

/** A unit vector from the text's digest. */
function vectorOf(text: string, dimensions: number): number[] {
  let state = Number.parseInt(hash("sha256", text, "hex").slice(0, 8), 16);
  const values = Array.from({ length: dimensions }, () => {
    // A linear congruential generator (Numerical Recipes): reproducible, and nothing secret depends on it.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
