/**
 * What the gateway needs to know about a protocol that callers speak. Each protocol is a folder that exports one
 * `ProtocolModule`, and one line in the registry; no other code names a protocol.
 */
import type { Headers } from "../core/headers.ts";
import type { Operation } from "../core/operations.ts";
import type { ErrorAnswer, Failure } from "./failure.ts";
import type { LimitsLeft } from "./limit-headers.ts";
import type { Ask, Inbound, ListedModel } from "./translation.ts";

export interface ProtocolModule {
  /** In audit records, metrics and logs. */
  readonly name: string;
  /**
   * Whether a request to this path is in this protocol, whether or not the path exists: the protocol decides the form
   * of its errors as well. `headers` matter where protocols share a path, such as `/v1/models`.
   */
  claims(path: string, headers: Pick<Headers, "has">): boolean;
  /** The route of a claimed path, `"method"` if the path exists under another method, or undefined. */
  match(method: string, path: string): Route | "method" | undefined;
  /** `id`: Signet's id of the call. `upstreamId`: Bedrock's request id, if Bedrock refused. */
  renderFailure(failure: Failure, id: string, upstreamId?: string): ErrorAnswer;
  /** The remaining limits, as headers that the protocol's SDKs know. `now`: epoch milliseconds. */
  limitHeaders(left: LimitsLeft, now: number): Record<string, string>;
  /** The protocol's request id header, in lower case. */
  readonly requestIdHeader: string;
  /** A query parameter that may carry the caller's secret. */
  readonly secretInQuery?: string;
}

/** `params`: raw path parameters, as the caller sent them. */
export type Route = { readonly params: readonly string[] } & (
  | /** Bedrock's own operations: relayed unchanged. */
    { readonly kind: "native"; readonly operation: Operation }
  | { readonly kind: "translated"; readonly endpoint: string; readonly read: (inbound: Inbound) => Ask }
  /** Answered by Signet: the models that the key may use, or the one in `params`. */
  | { readonly kind: "models"; readonly endpoint: string; readonly form: ModelsForm }
  /** Answered by Signet: some clients check that the server responds before their first request. */
  | { readonly kind: "hello"; readonly endpoint: string }
);

/** How a protocol shows models, as JSON. */
export interface ModelsForm {
  /** `query`: raw, for pages. Throws `invalid_query`. */
  renderModels(models: readonly ListedModel[], query: string): string;
  renderModel(model: ListedModel): string;
}
