/**
 * Embedding models behind InvokeModel: each vendor's request, and the vectors in its answers. Titan and Nova take one
 * text per call, Cohere up to 96. Source: the model parameters pages of the Bedrock user guide.
 */
import type { Model } from "./model.ts";
import { countsFromHeaders } from "./usage.ts";

export interface EmbeddingAsk {
  /** None empty. */
  texts: readonly string[];
  /** The vendor's default without it. */
  dimensions?: number;
  purpose: EmbeddingPurpose;
}

export const PURPOSES = ["search_document", "search_query", "classification", "clustering"] as const;
export type EmbeddingPurpose = (typeof PURPOSES)[number];

/** What the model can't do; `field` is the part of the ask at fault. */
export interface EmbeddingProblem {
  field: "model" | "dimensions";
  problem: string;
}

interface Format {
  /** Maximum number of texts per call. */
  batch: number;
  /** Possible values, the default first; with a single one the request has no such field. */
  dimensions: readonly number[];
  body(texts: readonly string[], dimensions: number | undefined, purpose: EmbeddingPurpose): object;
  vectors(answer: Answer): unknown;
}

/** The answers' fields, all vendors' together. */
interface Answer {
  embedding?: unknown;
  inputTextTokenCount?: unknown;
  embeddings?: unknown;
}

const TITAN: Format = {
  batch: 1,
  dimensions: [1024, 512, 256],
  body: ([inputText], dimensions) => ({ inputText, ...(dimensions && { dimensions }), normalize: true }),
  vectors: ({ embedding }) => [embedding],
};

const TITAN_V1: Format = {
  ...TITAN,
  dimensions: [1536],
  body: ([inputText]) => ({ inputText }),
};

const COHERE_V3: Format = {
  batch: 96,
  dimensions: [1024],
  body: (texts, _, input_type) => ({ texts, input_type }),
  vectors: ({ embeddings }) => embeddings,
};

const COHERE_V4: Format = {
  batch: 96,
  dimensions: [1536, 1024, 512, 256],
  body: (texts, output_dimension, input_type) => ({
    texts,
    input_type,
    embedding_types: ["float"],
    ...(output_dimension && { output_dimension }),
  }),
  vectors: ({ embeddings }) => (embeddings as { float?: unknown } | undefined)?.float,
};

const NOVA_PURPOSES: Record<EmbeddingPurpose, string> = {
  search_document: "GENERIC_INDEX",
  search_query: "TEXT_RETRIEVAL",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
};

const NOVA: Format = {
  batch: 1,
  dimensions: [3072, 1024, 384, 256],
  body: ([value], embeddingDimension, purpose) => ({
    schemaVersion: "nova-multimodal-embed-v1",
    taskType: "SINGLE_EMBEDDING",
    singleEmbeddingParams: {
      embeddingPurpose: NOVA_PURPOSES[purpose],
      ...(embeddingDimension && { embeddingDimension }),
      text: { truncationMode: "NONE", value },
    },
  }),
  vectors: ({ embeddings }) =>
    (embeddings as { embedding?: unknown }[] | undefined)?.map((each) => each.embedding),
};

const FORMATS: readonly [prefix: string, format: Format][] = [
  ["amazon.titan-embed-text-v1", TITAN_V1],
  ["amazon.titan-embed-text-v2", TITAN],
  ["amazon.nova-2-multimodal-embeddings", NOVA],
  ["cohere.embed-english-v3", COHERE_V3],
  ["cohere.embed-multilingual-v3", COHERE_V3],
  ["cohere.embed-v4", COHERE_V4],
];

function formatOf({ base }: Model): Format | undefined {
  return FORMATS.find(([prefix]) => base?.startsWith(prefix))?.[1];
}

const EMBEDDING =
  /^(?:amazon\.titan-embed-|amazon\.nova-.*-embeddings-|cohere\.embed-|twelvelabs\.marengo-embed-)/;

/** Whether a model's answers are vectors, which cost no output tokens; false if unknown. */
export function isEmbeddingModel({ base }: Model): boolean {
  return EMBEDDING.test(base ?? "");
}

/** InvokeModel's bodies, whose texts are in the order of the ask's. */
export function embeddingBodies(model: Model, ask: EmbeddingAsk): Buffer[] | EmbeddingProblem {
  const format = formatOf(model);
  if (!format) return { field: "model", problem: "this is not a known embedding model." };
  const { texts, dimensions, purpose } = ask;
  const { batch, dimensions: known } = format;
  if (dimensions !== undefined && !known.includes(dimensions)) {
    return { field: "dimensions", problem: `this model returns vectors of ${known.join(", ")} dimensions.` };
  }
  const asked = known.length === 1 ? undefined : dimensions;
  const bodies: Buffer[] = [];
  for (let at = 0; at < texts.length; at += batch) {
    bodies.push(Buffer.from(JSON.stringify(format.body(texts.slice(at, at + batch), asked, purpose))));
  }
  return bodies;
}

export interface Embeddings {
  /** In the order of the texts. */
  vectors: number[][];
  /** Input tokens, as far as the answers report them. */
  tokens: number;
}

/** Throws TypeError if an answer has no vectors. */
export function readEmbeddings(
  model: Model,
  parts: readonly { headers: Readonly<Record<string, string>>; body: Buffer }[],
): Embeddings {
  const vectors: number[][] = [];
  let tokens = 0;
  for (const { headers, body } of parts) {
    const answer = JSON.parse(body.toString("utf8")) as Answer;
    const found = formatOf(model)?.vectors(answer);
    if (!isVectors(found)) throw new TypeError("The model's answer has no embeddings.");
    vectors.push(...found);
    tokens += countsFromHeaders(headers)?.inputTokens ?? Number(answer.inputTextTokenCount ?? 0);
  }
  return { vectors, tokens };
}

function isVectors(found: unknown): found is number[][] {
  return Array.isArray(found) && found.every((each) => Array.isArray(each) && typeof each[0] === "number");
}
