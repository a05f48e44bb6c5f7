/**
 * Bedrock's own routes: the operation of a method and path, and the raw (still encoded) path parameters.
 * Source: the URI templates of the bedrock-runtime and bedrock service models.
 */
import type { Operation } from "../../core/operations.ts";
import type { Route } from "../protocol.ts";

const COLLECTIONS: Record<string, { list: Operation; get: Operation }> = {
  "/async-invoke": { list: "ListAsyncInvokes", get: "GetAsyncInvoke" },
  "/foundation-models": { list: "ListFoundationModels", get: "GetFoundationModel" },
  "/inference-profiles": { list: "ListInferenceProfiles", get: "GetInferenceProfile" },
};

const GUARDRAIL = /^\/guardrail\/([^/]+)\/version\/([^/]+)\/apply$/;

/**
 * The route, `"method"` if the path exists under another method, or undefined. Its parameters are the model, the
 * guardrail and its version, or the invocation's ARN.
 */
export function match(method: string, path: string): Route | "method" | undefined {
  if (path.startsWith("/model/")) return forMethod(method, "POST", matchModel(path));
  if (path.startsWith("/guardrail/")) {
    const found = GUARDRAIL.exec(path);
    return forMethod(method, "POST", found ? native("ApplyGuardrail", found.slice(1)) : undefined);
  }
  if (path === "/guardrail-checks/invoke")
    return forMethod(method, "POST", native("InvokeGuardrailChecks", []));
  const slash = path.indexOf("/", 1);
  const collection = slash < 0 ? path : path.slice(0, slash);
  const found = Object.hasOwn(COLLECTIONS, collection) ? COLLECTIONS[collection] : undefined;
  if (!found) return undefined;
  if (slash >= 0) return forMethod(method, "GET", matchItem(found.get, path.slice(slash + 1)));
  if (collection === "/async-invoke" && method === "POST") return native("StartAsyncInvoke", []);
  return forMethod(method, "GET", native(found.list, []));
}

function forMethod(method: string, wanted: string, route: Route | undefined): Route | "method" | undefined {
  return route && method !== wanted ? "method" : route;
}

/** `/model/{modelId}/{action}`; some clients leave the slashes inside an ARN unescaped, so the last one counts. */
function matchModel(path: string): Route | undefined {
  const last = path.lastIndexOf("/");
  const operation = modelOperation(path.slice(last + 1));
  const model = path.slice("/model/".length, last);
  return operation === undefined || model === "" ? undefined : native(operation, [model]);
}

/** A switch, since it runs for each call: a table would hash the action first. */
function modelOperation(action: string): Operation | undefined {
  switch (action) {
    case "converse":
      return "Converse";
    case "converse-stream":
      return "ConverseStream";
    case "invoke":
      return "InvokeModel";
    case "invoke-with-response-stream":
      return "InvokeModelWithResponseStream";
    case "invoke-with-bidirectional-stream":
      return "InvokeModelWithBidirectionalStream";
    case "count-tokens":
      return "CountTokens";
    default:
      return undefined;
  }
}

function matchItem(operation: Operation, item: string): Route | undefined {
  return item === "" ? undefined : native(operation, [item]);
}

function native(operation: Operation, params: readonly string[]): Route {
  return { kind: "native", operation, params };
}
