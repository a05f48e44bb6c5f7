/** Guardrails: any identifier exists; one intervenes if the text contains `[[block]]`. */
import { validationError } from "../errors.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import type { ApplyGuardrailInput } from "./inputs.ts";
import { isBlocked } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { tokensOf } from "./turn.ts";

const BLOCKED_MESSAGE = "Sorry, the model cannot answer this question.";

export function applyGuardrail({ content }: ApplyGuardrailInput): Answer {
  const text = content.map((block) => block.text?.text ?? "").join("\n");
  const blocked = isBlocked(text);
  return jsonAnswer(200, {
    action: blocked ? "GUARDRAIL_INTERVENED" : "NONE",
    actionReason: blocked ? "Guardrail blocked." : "No action.",
    assessments: blocked
      ? [{ wordPolicy: { customWords: [{ action: "BLOCKED", match: "[[block]]" }], managedWordLists: [] } }]
      : [],
    outputs: blocked ? [{ text: BLOCKED_MESSAGE }] : [],
    usage: {
      contentPolicyUnits: 0,
      contextualGroundingPolicyUnits: 0,
      sensitiveInformationPolicyFreeUnits: 0,
      sensitiveInformationPolicyUnits: 0,
      topicPolicyUnits: 0,
      wordPolicyUnits: 1,
    },
  });
}

/** That AWS requires it is in the prose of its service model; the words are [U]. */
export function requireGuardrailVersion(settings: {
  guardrail: string | null;
  guardrailVersion: string | null;
}): void {
  if (settings.guardrail !== null && settings.guardrailVersion === null)
    throw validationError("guardrailVersion must be specified together with guardrailIdentifier.");
}

/** The reply if a guardrail intervened before the model. */
export function blockedReply(): Reply {
  return {
    blocks: [{ kind: "text", text: BLOCKED_MESSAGE }],
    stopReason: "guardrail_intervened",
    stopSequence: null,
    usage: {
      input: 0,
      output: tokensOf(BLOCKED_MESSAGE.length),
      cacheRead: 0,
      cacheWrite: 0,
      cacheWrite1h: 0,
    },
    delayMs: 0,
    mishap: null,
  };
}
