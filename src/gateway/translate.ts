/** The Bedrock request that a call becomes. For native callers it is the caller's own, byte for byte. */
import { notTooDeep } from "../core/json.ts";
import { asyncInvokeBody } from "../bedrock/async-invoke.ts";
import { passedHeaders, requestHeaders, translatedHeaders, withSettings } from "../bedrock/request.ts";
import { translatedCall } from "./advance.ts";
import type { Authorized, Translated } from "./stages.ts";

export function translate(authorized: Authorized): Translated {
  const { target, headers, body, asked } = authorized;
  if (!asked) {
    const outboundBody = target.operation === "StartAsyncInvoke" ? asyncInvokeBody(body) : body;
    const outboundHeaders = requestHeaders(headers);
    return translatedCall(authorized, { outboundHeaders, outboundBodies: [outboundBody], answering: null });
  }
  const { ask, model } = asked;
  if (ask.passed && model.upstream !== "converse") {
    const { api, streaming } = ask.passed;
    return translatedCall(authorized, {
      outboundHeaders: passedHeaders(api, headers),
      outboundBodies: [ask.passed.body(model.id)],
      answering: { kind: "passed", streaming },
    });
  }
  return notTooDeep(() => {
    const { bodies, answer } = ask.translate(model);
    return translatedCall(authorized, {
      outboundHeaders: translatedHeaders(target.operation, headers),
      outboundBodies: bodies.map((each) => withSettings(target.operation, headers, each)),
      answering: answer,
    });
  });
}
