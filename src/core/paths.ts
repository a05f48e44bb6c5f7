/** The one wire form of every operation's path: what is authorized, signed and sent, and what probes call. */
import type { Operation } from "./operations.ts";

/** RFC 3986 encoding of one path segment or query part: all but unreserved characters are escaped. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The canonical wire path of an operation; `params` are decoded. */
export function canonicalPath(operation: Operation, params: string[]): string {
  const [first = "", second = ""] = params.map(encodeSegment);
  switch (operation) {
    case "InvokeModel":
      return `/model/${first}/invoke`;
    case "InvokeModelWithResponseStream":
      return `/model/${first}/invoke-with-response-stream`;
    case "InvokeModelWithBidirectionalStream":
      return `/model/${first}/invoke-with-bidirectional-stream`;
    case "Converse":
      return `/model/${first}/converse`;
    case "ConverseStream":
      return `/model/${first}/converse-stream`;
    case "CountTokens":
      return `/model/${first}/count-tokens`;
    case "ApplyGuardrail":
      return `/guardrail/${first}/version/${second}/apply`;
    case "InvokeGuardrailChecks":
      return "/guardrail-checks/invoke";
    case "StartAsyncInvoke":
    case "ListAsyncInvokes":
      return "/async-invoke";
    case "GetAsyncInvoke":
      return `/async-invoke/${first}`;
    case "ListFoundationModels":
      return "/foundation-models";
    case "GetFoundationModel":
      return `/foundation-models/${first}`;
    case "ListInferenceProfiles":
      return "/inference-profiles";
    case "GetInferenceProfile":
      return `/inference-profiles/${first}`;
    default: {
      const _: never = operation;
      return _;
    }
  }
}
