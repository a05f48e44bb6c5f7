/** Gemini's methods as Bedrock's operations. */
import { converseBody } from "../../bedrock/converse-body.ts";
import type { ConverseRequest } from "../../bedrock/converse.ts";
import { converseRequest as assembled } from "../../bedrock/converse-request.ts";
import { countedInput, countOf } from "../../bedrock/count-tokens.ts";
import { embeddingBodies, readEmbeddings, type EmbeddingPurpose } from "../../bedrock/embeddings.ts";
import type { Model } from "../../bedrock/model.ts";
import { ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  count,
  invalid,
  list,
  optional,
  readBody,
  text,
  unsupported,
  type Json,
} from "../fields.ts";
import { jsonOfPart, type Ask, type Inbound, type Part, type Translation } from "../translation.ts";
import { readContents, systemOf, textsOf } from "./contents.ts";
import { checkSafety, readGeneration } from "./generation.ts";
import { fieldsOf } from "./names.ts";
import { renderContent, type GeminiAnswer } from "./response.ts";
import { openContent } from "./stream.ts";
import { EMBED, REQUEST } from "./support.ts";
import { readTools } from "./tools.ts";

export function readGenerate(inbound: Inbound): Ask {
  const body = fieldsOf(readBody(inbound.body), "");
  return {
    model: modelOf(inbound),
    operation: () => "Converse",
    translate(target) {
      const { request, answer } = converseRequest(body, target, inbound);
      return {
        bodies: [converseBody(request)],
        answer: { kind: "whole", render: ([part]) => renderContent(answer, part) },
      };
    },
  };
}

/** Without `alt=sse` the answer is one JSON array, sent in pieces. */
export function readStreamGenerate(inbound: Inbound): Ask {
  const body = fieldsOf(readBody(inbound.body), "");
  const isSse = new URLSearchParams(inbound.query).get("alt") === "sse";
  return {
    model: modelOf(inbound),
    operation: () => "ConverseStream",
    translate(target) {
      const { request, answer } = converseRequest(body, target, inbound);
      const contentType = isSse ? "text/event-stream" : "application/json; charset=utf-8";
      const open = () => openContent(answer, isSse ? "sse" : "array");
      return { bodies: [converseBody(request)], answer: { kind: "stream", contentType, open } };
    },
  };
}

/** Counts `contents`, or all of a `generateContentRequest`. */
export function readCountTokens(inbound: Inbound): Ask {
  const asked = fieldsOf(readBody(inbound.body), "");
  const body = absent(asked["generateContentRequest"])
    ? asked
    : fieldsOf(asked["generateContentRequest"], "generateContentRequest");
  return {
    model: modelOf(inbound),
    operation: () => "CountTokens",
    translate(target) {
      const { additionalModelRequestFields: _, ...request } = converseRequest(body, target, inbound).request;
      return {
        bodies: [Buffer.from(JSON.stringify({ input: countedInput(request) }))],
        answer: { kind: "whole", render: renderCount },
      };
    },
  };
}

function renderCount([part]: readonly Part[]): string {
  return JSON.stringify({ totalTokens: countOf(jsonOfPart(part)) });
}

export function readEmbed(inbound: Inbound): Ask {
  const body = fieldsOf(readBody(inbound.body), "");
  return embedding(inbound, [{ json: body, path: "" }], ([values]) => ({ embedding: { values } }));
}

export function readBatchEmbed(inbound: Inbound): Ask {
  const body = fieldsOf(readBody(inbound.body), "");
  checkFields(body, { requests: "mapped" });
  const requests = list(body["requests"], "requests").map((each, i) => {
    const path = `requests.${i}`;
    return { json: fieldsOf(each, path), path };
  });
  return embedding(inbound, requests, (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }));
}

interface EmbedRequest {
  json: Json;
  path: string;
}

function embedding(
  inbound: Inbound,
  requests: readonly EmbedRequest[],
  answer: (vectors: number[][]) => object,
): Ask {
  return {
    model: modelOf(inbound),
    operation: () => "InvokeModel",
    translate(target): Translation {
      const bodies = embedBodies(requests, target);
      const render = (parts: readonly Part[]) =>
        JSON.stringify(answer(readEmbeddings(target, parts).vectors));
      return { bodies, answer: { kind: "whole", render } };
    },
  };
}

/** Texts of one batch share their settings: Bedrock's models take them once a call. */
function embedBodies(requests: readonly EmbedRequest[], target: Model): Buffer[] {
  const [first] = requests;
  if (!first) throw invalid("requests", "at least one is needed.");
  const asked = requests.map(readEmbedRequest);
  const [settings] = asked;
  const other = asked.findIndex(
    ({ purpose, dimensions }) => purpose !== settings?.purpose || dimensions !== settings.dimensions,
  );
  if (other >= 0)
    throw unsupported(
      `requests.${other}`,
      "taskType and outputDimensionality have to be the same in a batch.",
    );
  const { purpose = "search_document", dimensions } = settings ?? {};
  const texts = asked.map((each) => each.text);
  const bodies = embeddingBodies(target, { texts, purpose, ...(dimensions !== undefined && { dimensions }) });
  if ("problem" in bodies)
    throw unsupported(bodies.field === "dimensions" ? "outputDimensionality" : "model", bodies.problem);
  return bodies;
}

const PURPOSES: Record<string, EmbeddingPurpose> = {
  TASK_TYPE_UNSPECIFIED: "search_document",
  RETRIEVAL_DOCUMENT: "search_document",
  RETRIEVAL_QUERY: "search_query",
  QUESTION_ANSWERING: "search_query",
  FACT_VERIFICATION: "search_query",
  CODE_RETRIEVAL_QUERY: "search_query",
  CLASSIFICATION: "classification",
  CLUSTERING: "clustering",
  SEMANTIC_SIMILARITY: "clustering",
};

function readEmbedRequest({ json, path }: EmbedRequest): {
  text: string;
  purpose: EmbeddingPurpose;
  dimensions: number | undefined;
} {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  checkFields(json, EMBED, path);
  const words = textsOf(json["content"], at("content")).join("\n");
  if (words === "") throw invalid(at("content"), "the text is empty.");
  const task = optional(json["taskType"], at("taskType"), text) ?? "TASK_TYPE_UNSPECIFIED";
  const purpose = Object.hasOwn(PURPOSES, task) ? PURPOSES[task] : undefined;
  if (!purpose) throw invalid(at("taskType"), `one of ${Object.keys(PURPOSES).join(", ")} is needed.`);
  const dimensions = optional(json["outputDimensionality"], at("outputDimensionality"), count);
  return { text: words, purpose, dimensions };
}

function converseRequest(
  body: Json,
  target: Model,
  inbound: Inbound,
): { request: ConverseRequest; answer: GeminiAnswer } {
  checkFields(body, REQUEST);
  checkSafety(body["safetySettings"]);
  const tools = new ToolNames();
  const messages = readContents(body["contents"], tools);
  const system = systemOf(body["systemInstruction"]);
  const { toolConfig, suppressCalls } = readTools(body, messages, tools);
  const { includeThoughts, ...generation } = readGeneration(body["generationConfig"], target);
  const request = assembled({ messages, system, toolConfig, ...generation });
  const modelVersion = modelOf(inbound);
  return { request, answer: { responseId: inbound.id, modelVersion, tools, suppressCalls, includeThoughts } };
}

/** The path's model. Google's SDK puts `models/` before it, which the path has already. */
function modelOf({ params: [model = ""] }: Inbound): string {
  return model.replace(/^models\//, "");
}
