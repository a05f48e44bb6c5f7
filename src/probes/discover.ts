/** The models that Bedrock offers to the role's account in its region, if the delegation grants listing them. */
import { z } from "zod";
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import type { Operation } from "../core/operations.ts";
import { cheapestCall } from "./bedrock-calls.ts";
import type { ProbeParts } from "./parts.ts";
import { readJson } from "./send.ts";

/** Source: Bedrock's ListFoundationModels and ListInferenceProfiles, response elements. */
const models = z.object({
  modelSummaries: z.array(
    z.object({
      modelId: z.string(),
      inferenceTypesSupported: z.array(z.string()).default([]),
      outputModalities: z.array(z.string()).default([]),
    }),
  ),
});
const profiles = z.object({
  inferenceProfileSummaries: z.array(z.object({ inferenceProfileId: z.string() })),
});

/** Ids of models and profiles; empty if listing isn't granted, isn't allowed, or fails. */
export async function offeredModels(
  parts: ProbeParts,
  { delegation, session }: { delegation: Delegation; session: Credentials },
): Promise<string[]> {
  const granted = new Set(delegation.grants.flatMap(({ operations }) => operations));
  const ask = async (operation: Operation): Promise<unknown> => {
    if (!granted.has("*") && !granted.has(operation)) return undefined;
    const { region } = delegation;
    const request = cheapestCall(parts, delegation, { operation, region, subject: "" });
    return request && readJson(parts, session, { ...request, query: "" });
  };
  const listed = models.safeParse(await ask("ListFoundationModels"));
  const routed = profiles.safeParse(await ask("ListInferenceProfiles"));
  return [
    ...(listed.data?.modelSummaries ?? [])
      .filter(({ inferenceTypesSupported }) => inferenceTypesSupported.includes("ON_DEMAND"))
      .filter(({ outputModalities }) => outputModalities.includes("TEXT"))
      .map(({ modelId }) => modelId),
    ...(routed.data?.inferenceProfileSummaries ?? []).map(({ inferenceProfileId }) => inferenceProfileId),
  ];
}
