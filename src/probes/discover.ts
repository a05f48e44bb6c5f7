/** The models that Bedrock offers to the role's account in its region, if the delegation grants listing them. */
import { z } from "zod";
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import type { Operation } from "../core/operations.ts";
import type { ModelLifecycle } from "../core/verification.ts";
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
      modelLifecycle: z
        .object({
          status: z.string(),
          legacyTime: z.string().optional(),
          endOfLifeTime: z.string().optional(),
        })
        .optional(),
    }),
  ),
});
type Models = z.infer<typeof models>;
const profiles = z.object({
  inferenceProfileSummaries: z.array(z.object({ inferenceProfileId: z.string() })),
});

export interface Offered {
  /** Ids of models and profiles that answer text; empty if listing isn't granted, isn't allowed, or fails. */
  ids: string[];
  /** Absent if listing models isn't granted, isn't allowed, or fails. */
  lifecycles?: ModelLifecycle[];
}

export async function offeredModels(
  parts: ProbeParts,
  { delegation, session }: { delegation: Delegation; session: Credentials },
): Promise<Offered> {
  const granted = new Set(delegation.grants.flatMap(({ operations }) => operations));
  const ask = async (operation: Operation): Promise<unknown> => {
    if (!granted.has("*") && !granted.has(operation)) return undefined;
    const { region } = delegation;
    const request = cheapestCall(parts, delegation, { operation, region, subject: "" });
    return request && readJson(parts, session, { ...request, query: "" });
  };
  const listed = models.safeParse(await ask("ListFoundationModels"));
  const routed = profiles.safeParse(await ask("ListInferenceProfiles"));
  const ids = [
    ...(listed.data?.modelSummaries ?? [])
      .filter(({ inferenceTypesSupported }) => inferenceTypesSupported.includes("ON_DEMAND"))
      .filter(({ outputModalities }) => outputModalities.includes("TEXT"))
      .map(({ modelId }) => modelId),
    ...(routed.data?.inferenceProfileSummaries ?? []).map(({ inferenceProfileId }) => inferenceProfileId),
  ];
  return { ids, ...(listed.data && { lifecycles: listed.data.modelSummaries.map(lifecycleOf) }) };
}

function lifecycleOf({ modelId, modelLifecycle: life }: Models["modelSummaries"][number]): ModelLifecycle {
  const [legacyAt, endsAt] = [timeOf(life?.legacyTime), timeOf(life?.endOfLifeTime)];
  return {
    model: modelId,
    legacy: life?.status === "LEGACY",
    ...(legacyAt === undefined ? {} : { legacyAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
  };
}

/** Of AWS's ISO 8601; undefined if it is none. */
function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}
