/** The Bedrock request that a call becomes. For native callers that is the caller's own, byte for byte. */
import { asyncInvokeBody } from "../protocols/bedrock/async-invoke.ts";
import { requestHeaders } from "../protocols/bedrock/request.ts";
import type { Authorized, Translated } from "./types.ts";

export function translate(authorized: Authorized): Translated {
  const { target, headers, body } = authorized;
  return {
    ...authorized,
    outboundHeaders: requestHeaders(headers),
    outboundBody: target.operation === "StartAsyncInvoke" ? asyncInvokeBody(body) : body,
  };
}
