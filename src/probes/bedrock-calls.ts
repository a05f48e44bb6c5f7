/** The cheapest call of each operation: one token, one word, one item. */
import type { Delegation } from "../core/delegation.ts";
import { isBidirectional, OPERATIONS, type Operation } from "../core/operations.ts";
import { canonicalPath } from "../core/paths.ts";
import { endpointOf } from "../core/regions.ts";
import { requiredGuardrail } from "../iam/guardrails.ts";
import { foundationBehind, isEmbedding, vendorOf } from "./models.ts";
import type { ProbeParts } from "./parts.ts";
import type { ProbeRequest } from "./send.ts";

const MESSAGES = [{ role: "user", content: [{ text: "hi" }] }];

export interface ProbeCall {
  operation: Operation;
  region: string;
  /** A model or a guardrail; empty for lists. */
  subject: string;
  /** That the call names; by default as the gateway's calls do. */
  project?: string | undefined;
}

/** A call on a model, on a guardrail, or on neither; undefined if none is cheap enough. */
export function cheapestCall(
  parts: ProbeParts,
  delegation: Delegation,
  { operation: granted, region, subject, project = projectOf(delegation, subject) }: ProbeCall,
): ProbeRequest | undefined {
  // A stream of events is no single request; the permission is the same.
  const operation = isBidirectional(granted) ? "InvokeModel" : granted;
  const about = pathParameters(operation, subject);
  if (about === undefined) return undefined;
  const body = bodyOf(operation, subject, delegation, project);
  const query = operation === "ListInferenceProfiles" ? "maxResults=1" : "";
  return {
    origin: originOf(parts, operation, region),
    service: "bedrock",
    region,
    method: body === undefined ? "GET" : "POST",
    path: canonicalPath(operation, about),
    query,
    headers: [...guardrailHeaders(operation, delegation), ...projectHeaders(operation, project)],
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

function originOf({ aws }: ProbeParts, operation: Operation, region: string): string {
  const { service } = OPERATIONS[operation];
  const own = service === "bedrock" ? aws.endpoints.bedrock : aws.endpoints.bedrockRuntime;
  return own ?? endpointOf(service, region, aws);
}

/** An asynchronous job would cost money and write output, and without one there is no result to request. */
function pathParameters(operation: Operation, subject: string): string[] | undefined {
  switch (operation) {
    case "StartAsyncInvoke":
    case "GetAsyncInvoke":
      return undefined;
    case "ApplyGuardrail":
      return subject.includes("*") ? undefined : [subject.replace(/^guardrail\//, ""), "DRAFT"];
    case "InvokeGuardrailChecks":
    case "ListAsyncInvokes":
    case "ListFoundationModels":
    case "ListInferenceProfiles":
      return [];
    case "CountTokens":
      return [foundationBehind(subject) ?? subject];
    default:
      return [subject];
  }
}

/** Application inference profiles take no named project. */
function projectOf({ role }: Delegation, subject: string): string | undefined {
  return subject.includes(":application-inference-profile/") ? undefined : role.project;
}

function projectHeaders(operation: Operation, project: string | undefined): [string, string][] {
  if (project === undefined || !operation.startsWith("Invoke")) return [];
  return [["x-amzn-bedrock-projectidentifier", project]];
}

function bodyOf(
  operation: Operation,
  subject: string,
  delegation: Delegation,
  project: string | undefined,
): object | undefined {
  switch (operation) {
    case "Converse":
    case "ConverseStream":
      return {
        messages: MESSAGES,
        inferenceConfig: { maxTokens: 1 },
        ...(project === undefined ? {} : { projectIdentifier: project }),
        ...guardrailConfig(delegation),
      };
    case "InvokeModel":
    case "InvokeModelWithResponseStream":
      return modelBody(subject, vendorOf(subject));
    case "CountTokens":
      return { input: { converse: { messages: MESSAGES } } };
    case "ApplyGuardrail":
      return { source: "INPUT", content: [{ text: { text: "hi" } }] };
    case "InvokeGuardrailChecks":
      return {
        messages: MESSAGES,
        checks: { promptAttack: { categories: [{ category: "JAILBREAK" }] } },
      };
    default:
      return undefined;
  }
}

/** Source: "Inference request parameters and response fields for foundation models". */
function modelBody(model: string, vendor: string): object {
  if (isEmbedding(model))
    return vendor === "cohere" ? { texts: ["hi"], input_type: "search_query" } : { inputText: "hi" };
  switch (vendor) {
    case "anthropic":
      return {
        anthropic_version: "bedrock-2023-05-31",
        max_tokens: 1,
        messages: [{ role: "user", content: "hi" }],
      };
    case "amazon":
      return { messages: MESSAGES, inferenceConfig: { maxTokens: 1 } };
    case "meta":
      return { prompt: "hi", max_gen_len: 1 };
    case "mistral":
      return { prompt: "hi", max_tokens: 1 };
    case "openai":
      return { messages: [{ role: "user", content: "hi" }], max_completion_tokens: 1 };
    default:
      // IAM decides before the model reads its body: a request refused as incomplete was allowed.
      return {};
  }
}

/** Every inference must name the guardrail that the role requires: Converse in its body, InvokeModel in headers. */
function guardrailConfig(delegation: Delegation): object {
  const required = guardrailOf(delegation);
  return required === undefined
    ? {}
    : { guardrailConfig: { guardrailIdentifier: required.arn, guardrailVersion: required.version } };
}

function guardrailHeaders(operation: Operation, delegation: Delegation): [string, string][] {
  const required = operation.startsWith("InvokeModel") ? guardrailOf(delegation) : undefined;
  if (required === undefined) return [];
  return [
    ["x-amzn-bedrock-guardrailidentifier", required.arn],
    ["x-amzn-bedrock-guardrailversion", required.version],
  ];
}

function guardrailOf(delegation: Delegation): { arn: string; version: string } | undefined {
  const { requiredGuardrail: named } = delegation.role;
  if (named === undefined) return undefined;
  const { arn, version = "DRAFT" } = requiredGuardrail(named, delegation);
  return { arn, version };
}
