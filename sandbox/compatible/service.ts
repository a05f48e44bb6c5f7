/** The compatible endpoints behind one function: authorize, then run the API. */
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { accessible, authorize, callerOf, modelNeeds } from "../bedrock/authorize.ts";
import type { FoundationModel } from "../bedrock/catalogue.ts";
import { notSupported } from "../bedrock/invoke.ts";
import { replyTo } from "../bedrock/reply.ts";
import { parseBody, parseShape } from "../bedrock/shape.ts";
import { runnable, targetOf } from "../bedrock/target.ts";
import { tokensOf } from "../bedrock/turn.ts";
import { countTurn, messagesTurn } from "../models/claude-request.ts";
import { chatTurn } from "../models/openai-request.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import type { Signed, World } from "../world.ts";
import { chatAnswer, chatStream } from "./chat.ts";
import { messagesAnswer, messagesStream, requireVersion } from "./messages.ts";
import { listModels, mantleModel } from "./models.ts";
import { responsesAnswer, responsesStream } from "./responses.ts";
import { responsesTurn } from "./responses-request.ts";
import type { CompatibleOperation, CompatibleService } from "./routes.ts";

const MAX_BODY_BYTES = 25_000_000;

const addressed = z.looseObject({ model: z.string().min(1), stream: z.boolean().nullish() });

interface Call {
  service: CompatibleService;
  operation: CompatibleOperation;
}

export async function serveCompatible(world: World, signed: Signed, call: Call): Promise<Answer> {
  const { service, operation } = call;
  if (signed.request.body.length > MAX_BODY_BYTES)
    throw new AwsError("RequestEntityTooLargeException", 413, "The request body is too large.");
  if (operation === "ListModels") return list(world, signed, service);
  if (operation === "Messages" || operation === "CountMessageTokens") requireVersion(signed.request);
  const body = parseBody(signed.request.body);
  const { model: name, stream } = parseShape(addressed, body);
  const streams = stream === true;
  const model = authorized(world, signed, { service, name, operation, streams });
  if (!serves(model, operation)) notSupported(name);
  switch (operation) {
    case "ChatCompletions": {
      const reply = replyTo(chatTurn(body, model), body);
      return streams ? chatStream(reply, name, body) : chatAnswer(reply, name);
    }
    case "Responses": {
      const reply = replyTo(responsesTurn(body), body);
      return streams ? responsesStream(reply, body) : responsesAnswer(reply, body);
    }
    case "Messages": {
      const reply = replyTo(messagesTurn(body, model), body);
      return streams ? messagesStream(reply, name) : messagesAnswer(reply, name);
    }
    case "CountMessageTokens":
      return jsonAnswer(200, { input_tokens: tokensOf(countTurn(body, model).inputCharacters) });
    default: {
      const _: never = operation;
      return _;
    }
  }
}

/** On bedrock-runtime OpenAI's API serves only OpenAI's own models. */
function serves({ family, endpoints }: FoundationModel, operation: CompatibleOperation): boolean {
  if (operation === "Messages" || operation === "CountMessageTokens") return family === "claude";
  return family === "openai" || (endpoints.includes("mantle") && family !== "claude" && family !== "none");
}

interface Asked {
  service: CompatibleService;
  /** As the body has it. */
  name: string;
  operation: CompatibleOperation;
  streams: boolean;
}

/**
 * bedrock-runtime requires the model's permissions, Mantle one on the project, with the model as a condition key.
 * Source: the service authorization reference of Amazon Bedrock Powered by AWS Mantle.
 */
function authorized(
  world: World,
  signed: Signed,
  { service, name, operation, streams }: Asked,
): FoundationModel {
  const caller = callerOf(signed);
  if (service === "bedrock-mantle") {
    const action = operation === "CountMessageTokens" ? "CountTokens" : "CreateInference";
    authorizeProject(world, signed, `bedrock-mantle:${action}`, { "bedrock-mantle:model": [name] });
    return accessible(world, signed, mantleModel(name, caller.region));
  }
  const action = streams ? "bedrock:InvokeModelWithResponseStream" : "bedrock:InvokeModel";
  const target = targetOf(name, caller, world.resources);
  authorize(world, signed, modelNeeds(action, { target, caller, keys: {} }));
  return accessible(world, signed, runnable(target));
}

function list(world: World, signed: Signed, service: CompatibleService): Answer {
  if (service === "bedrock-mantle") authorizeProject(world, signed, "bedrock-mantle:ListModels", {});
  else authorize(world, signed, [{ action: "bedrock:ListFoundationModels", resource: "*", keys: {} }]);
  return jsonAnswer(200, listModels(service, signed.region, world.resources));
}

/** Every account has the one default project. */
function authorizeProject(
  world: World,
  signed: Signed,
  action: string,
  keys: Record<string, string[]>,
): void {
  const { partition, region, account } = callerOf(signed);
  const resource = `arn:${partition}:bedrock-mantle:${region}:${account}:project/default`;
  authorize(world, signed, [{ action, resource, keys }]);
}
