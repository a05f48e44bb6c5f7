/**
 * InvokeGuardrailChecks: each check that the request names, with scores. `[[block]]` in a message scores 1 in every
 * category; e-mail addresses are the only sensitive information that is found.
 * Source: the service model of bedrock-runtime, facts/service-models/bedrock-runtime.json.
 */
import { z } from "zod";
import runtime from "../../facts/service-models/bedrock-runtime.json" with { type: "json" };
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { isBlocked } from "./reply.ts";
import { parseShape } from "./shape.ts";

const { shapes } = runtime;
const oneOf = ({ enum: values }: { enum: string[] }) => z.enum(values);

function categories(names: { enum: string[] }, { min, max }: { min: number; max: number }) {
  const category = z.strictObject({ category: oneOf(names) });
  return z.strictObject({ categories: z.array(category).min(min).max(max) }).optional();
}

const entities = shapes.GuardrailChecksSensitiveInformationEntityConfigList;
const schema = z.strictObject({
  messages: z
    .array(
      z.strictObject({
        role: oneOf(shapes.GuardrailChecksRole),
        content: z.array(z.strictObject({ text: z.string().min(1) })).min(1),
      }),
    )
    .min(1),
  checks: z.strictObject({
    contentFilter: categories(
      shapes.GuardrailChecksContentFilterCategory,
      shapes.GuardrailChecksContentFilterCategoryConfigList,
    ),
    promptAttack: categories(
      shapes.GuardrailChecksPromptAttackCategory,
      shapes.GuardrailChecksPromptAttackCategoryConfigList,
    ),
    sensitiveInformation: z
      .strictObject({
        entities: z
          .array(z.strictObject({ type: oneOf(shapes.GuardrailChecksSensitiveInformationEntityType) }))
          .min(entities.min)
          .max(entities.max),
      })
      .optional(),
  }),
});

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Characters that AWS bills as one unit of text. */
const UNIT = 1000;

export function invokeGuardrailChecks(body: unknown): Answer {
  const { messages, checks } = parseShape(schema, body);
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
