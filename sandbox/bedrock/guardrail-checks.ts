/**
 * InvokeGuardrailChecks: each check that the request names, with scores. `[[block]]` in a message scores 1 in every
 * category; e-mail addresses are the only sensitive information that is found.
 */
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import type { InvokeGuardrailChecksInput } from "./inputs.ts";
import { isBlocked } from "./reply.ts";

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Characters that AWS bills as one unit of text. */
const UNIT = 1000;

export function invokeGuardrailChecks({ messages, checks }: InvokeGuardrailChecksInput): Answer {
  const texts = messages.flatMap(({ content }, messageIndex) =>
    content.map(({ text }, contentIndex) => ({ text, messageIndex, contentIndex })),
  );
  const severityScore = texts.some(({ text }) => isBlocked(text)) ? 1 : 0;
  const scored = (check: { categories: { category: string }[] } | undefined) =>
    check && { results: check.categories.map(({ category }) => ({ category, severityScore })) };
  const isWanted = checks.sensitiveInformation?.entities.some(({ type }) => type === "EMAIL") ?? false;
  const results = {
    contentFilter: scored(checks.contentFilter),
    promptAttack: scored(checks.promptAttack),
    sensitiveInformation: checks.sensitiveInformation && {
      results: isWanted ? texts.flatMap(addressesIn) : [],
      truncated: false,
    },
  };
  const textUnits = Math.ceil(texts.reduce((sum, { text }) => sum + text.length, 0) / UNIT);
  const usage = Object.fromEntries(Object.keys(checks).map((name) => [name, { textUnits }]));
  return jsonAnswer(200, { results, usage });
}

function addressesIn({ text, ...place }: { text: string; messageIndex: number; contentIndex: number }) {
  return [...text.matchAll(EMAIL)].map(({ 0: found, index }) => ({
    type: "EMAIL",
    confidenceScore: 1,
    beginOffset: index,
    endOffset: index + found.length,
    ...place,
  }));
}
