/** CountTokens: foundation models only, for a Converse or an InvokeModel body. */
import { z } from "zod";
import { validationError } from "../errors.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { converseTurn, parseConverse } from "./converse-request.ts";
import { vendorOf } from "./invoke.ts";
import { parseBody, parseShape } from "./shape.ts";
import type { Target } from "./call-target.ts";
import { tokensOf } from "./turn.ts";
import type { Turn } from "./turn.ts";

const schema = z.strictObject({
  input: z.union([
    z.strictObject({ invokeModel: z.strictObject({ body: z.base64() }) }),
    z.strictObject({ converse: z.looseObject({}) }),
  ]),
});

export function countTokens({ model, via }: Target, body: unknown): Answer {
  if (model === undefined) throw validationError("The provided model identifier is invalid.");
  const vendor = vendorOf(model);
  if (via !== null || !(model.countable ?? model.family === "claude") || vendor === null) {
    throw validationError("The provided model doesn't support counting tokens.");
  }
  const { input } = parseShape(schema, body);
  const turn: Turn =
    "converse" in input
      ? converseTurn(parseConverse(input.converse, model), model)
      : vendor.turnOf(parseBody(Buffer.from(input.invokeModel.body, "base64")), model);
  return jsonAnswer(200, { inputTokens: tokensOf(turn.inputCharacters) });
}
