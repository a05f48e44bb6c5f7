/** The Bedrock request that a call becomes. For native callers it is the caller's own, byte for byte, unless it starts a job. */
import { notTooDeep } from "../core/json.ts";
import {
  inProject,
  passedHeaders,
  requestHeaders,
  translatedHeaders,
  withSettings,
  type OutboundRequest,
} from "../bedrock/request.ts";
import { translatedCall } from "./advance.ts";
import { aboutJobs, startBody } from "./jobs.ts";
import type { Authorized, Target, Translated } from "./stages.ts";

export function translate(authorized: Authorized): Translated {
  const { target, headers, body, asked } = authorized;
  if (!asked) {
    const outboundBody = target.operation === "StartAsyncInvoke" ? startBody(authorized) : body;
    const request = placed(target, { headers: requestHeaders(headers), body: outboundBody });
    return translatedCall(authorized, {
      outboundHeaders: request.headers,
      outboundBodies: [request.body],
      answering: aboutJobs(authorized),
    });
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
    const requests = bodies.map((each) =>
      placed(target, {
        headers: translatedHeaders(target.operation, headers),
        body: withSettings(target.operation, headers, each),
      }),
    );
    return translatedCall(authorized, {
      outboundHeaders: requests[0]?.headers ?? [],
      outboundBodies: requests.map(({ body: each }) => each),
      answering: answer,
    });
  });
}

/** In the project that the delegation picked, if the caller chose none. */
function placed({ operation, project }: Target, request: OutboundRequest): OutboundRequest {
  return project?.isAdded ? inProject(project.id, operation, request) : request;
}
