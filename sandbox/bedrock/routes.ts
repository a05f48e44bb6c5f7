/**
 * Bedrock's operations by method and raw path. A model segment is decoded once; a raw slash inside it makes a different
 * path, which AWS doesn't route. Source: the service models of bedrock-runtime and bedrock.
 */
import { AwsError, validationError } from "../errors.ts";
import type { WireRequest } from "../wire.ts";

export type Operation =
  | "InvokeModel"
  | "InvokeModelWithResponseStream"
  | "InvokeModelWithBidirectionalStream"
  | "Converse"
  | "ConverseStream"
  | "CountTokens"
  | "ApplyGuardrail"
  | "InvokeGuardrailChecks"
  | "StartAsyncInvoke"
  | "GetAsyncInvoke"
  | "ListAsyncInvokes"
  | "ListFoundationModels"
  | "GetFoundationModel"
  | "ListInferenceProfiles"
  | "GetInferenceProfile";

export interface Route {
  operation: Operation;
  /** Decoded path labels in order: a model id; a guardrail's id and version; an invocation's ARN. */
  labels: string[];
}

/** `{}` is one label. */
const ROUTES: readonly [method: string, template: string, operation: Operation][] = [
  ["POST", "/model/{}/invoke", "InvokeModel"],
  ["POST", "/model/{}/invoke-with-response-stream", "InvokeModelWithResponseStream"],
  ["POST", "/model/{}/invoke-with-bidirectional-stream", "InvokeModelWithBidirectionalStream"],
  ["POST", "/model/{}/converse", "Converse"],
  ["POST", "/model/{}/converse-stream", "ConverseStream"],
  ["POST", "/model/{}/count-tokens", "CountTokens"],
  ["POST", "/guardrail/{}/version/{}/apply", "ApplyGuardrail"],
  ["POST", "/guardrail-checks/invoke", "InvokeGuardrailChecks"],
  ["POST", "/async-invoke", "StartAsyncInvoke"],
  ["GET", "/async-invoke/{}", "GetAsyncInvoke"],
  ["GET", "/async-invoke", "ListAsyncInvokes"],
  ["GET", "/foundation-models", "ListFoundationModels"],
  ["GET", "/foundation-models/{}", "GetFoundationModel"],
  ["GET", "/inference-profiles", "ListInferenceProfiles"],
  ["GET", "/inference-profiles/{}", "GetInferenceProfile"],
];

export function routeOf({ method, path }: WireRequest): Route {
  const segments = path.split("/");
  for (const [wantedMethod, template, operation] of ROUTES) {
    const wanted = template.split("/");
    const fits =
      method === wantedMethod &&
      wanted.length === segments.length &&
      wanted.every((part, i) => (part === "{}" ? segments[i] !== "" : part === segments[i]));
    if (!fits) continue;
    return { operation, labels: segments.filter((_, i) => wanted[i] === "{}").map(decodeLabel) };
  }
  throw unknownOperation();
}

export function unknownOperation(): AwsError {
  return new AwsError(
    "UnknownOperationException",
    404,
    "The requested operation is not recognized by the service.",
  );
}

function decodeLabel(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw validationError("The request path has an invalid percent-encoding.");
  }
}
