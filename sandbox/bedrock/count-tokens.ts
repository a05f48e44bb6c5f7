/** CountTokens: foundation models only, for a Converse or an InvokeModel body. */
import { validationError } from "../errors.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { converseTurn } from "./converse-request.ts";
import type { CountTokensInput } from "./inputs.ts";
import { vendorOf } from "./invoke.ts";
import { parseBody } from "./shape.ts";
import type { Target } from "./call-target.ts";
import { tokensOf } from "./turn.ts";
import type { Turn } from "./turn.ts";

export function countTokens({ model, via }: Target, { input }: CountTokensInput): Answer {
  if (model === undefined) throw validationError("The provided model identifier is invalid.");
  const vendor = vendorOf(model);
  if (via !== null || !(model.countable ?? model.family === "claude") || vendor === null) {
    throw validationError("The provided model doesn't support counting tokens.");
  }
  const turn: Turn =
    input.converse === undefined
      ? vendor.turnOf(parseBody(Buffer.from(input.invokeModel.body, "base64")), model)
      : converseTurn({ messages: [], ...input.converse }, model);
  return jsonAnswer(200, { inputTokens: tokensOf(turn.inputCharacters) });
}
