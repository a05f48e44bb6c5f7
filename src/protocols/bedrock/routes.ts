/**
 * Bedrock's own routes: which operation a method and path mean, and the raw (still encoded) path parameters.
 * Source: the URI templates of the bedrock-runtime and bedrock service models.
 */
import type { Operation } from "../../core/operations.ts";

export interface Route {
  operation: Operation;
  /** Raw path segments as the caller sent them: the model, the guardrail and its version, or the invocation's ARN. */
  params: string[];
}

const MODEL_ACTIONS: Record<string, Operation> = {
  invoke: "InvokeModel",
  "invoke-with-response-stream": "InvokeModelWithResponseStream",
  converse: "Converse",
  "converse-stream": "ConverseStream",
  "count-tokens": "CountTokens",
};

const COLLECTIONS: Record<string, { list: Operation; get: Operation }> = {
  "/async-invoke": { list: "ListAsyncInvokes", get: "GetAsyncInvoke" },
  "/foundation-models": { list: "ListFoundationModels", get: "GetFoundationModel" },
  "/inference-profiles": { list: "ListInferenceProfiles", get: "GetInferenceProfile" },
};

const GUARDRAIL = /^\/guardrail\/([^/]+)\/version\/([^/]+)\/apply$/;

/** The route, `"method"` where the path exists under another method, or undefined. */
export function matchRoute(method: string, path: string): Route | "method" | undefined {
  if (path.startsWith("/model/")) return forMethod(method, "POST", matchModel(path));
  if (path.startsWith("/guardrail/")) {
    const match = GUARDRAIL.exec(path);
    return forMethod(
      method,
      "POST",
      match ? { operation: "ApplyGuardrail", params: match.slice(1) } : undefined,
    );
  }
  const slash = path.indexOf("/", 1);
  const collection = slash < 0 ? path : path.slice(0, slash);
  const found = Object.hasOwn(COLLECTIONS, collection) ? COLLECTIONS[collection] : undefined;
  if (!found) return undefined;
  if (slash >= 0) return forMethod(method, "GET", matchItem(found.get, path.slice(slash + 1)));
  if (collection === "/async-invoke" && method === "POST")
    return { operation: "StartAsyncInvoke", params: [] };
  return forMethod(method, "GET", { operation: found.list, params: [] });
}

function forMethod(method: string, wanted: string, route: Route | undefined): Route | "method" | undefined {
  return route && method !== wanted ? "method" : route;
}

/** `/model/{modelId}/{action}`; some clients leave the slashes inside an ARN unescaped, so the last one counts. */
function matchModel(path: string): Route | undefined {
  const last = path.lastIndexOf("/");
  const action = path.slice(last + 1);
  const model = path.slice("/model/".length, last);
  if (model === "" || !Object.hasOwn(MODEL_ACTIONS, action)) return undefined;
  const operation = MODEL_ACTIONS[action];
  return operation && { operation, params: [model] };
}

function matchItem(operation: Operation, item: string): Route | undefined {
  return item === "" ? undefined : { operation, params: [item] };
}
