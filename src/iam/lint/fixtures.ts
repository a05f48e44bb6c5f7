/** Policies as people write them for the simplest delegation, and their findings. */
import type { Delegation } from "../../core/delegation.ts";
import { PLAIN } from "../render/fixtures.ts";
import { lintPolicy } from "./lint.ts";

type Json = Record<string, unknown>;

export const ID = PLAIN.externalId ?? "";
export const SIGNET = PLAIN.trust.principal ?? "";

/** A narrow enough trust policy, with a change to its statement and additions. */
export function trust(change: Json, ...more: Json[]): object {
  const statement = {
    Effect: "Allow",
    Principal: { AWS: SIGNET },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "sts:ExternalId": ID } },
    ...change,
  };
  return { Version: "2012-10-17", Statement: [statement, ...more] };
}

export const PROFILE = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-*";
export const PROJECT = "arn:aws:bedrock:us-east-1:111122223333:project/default";
export const MODELS = "arn:aws:bedrock:us-*::foundation-model/anthropic.claude-*";

/** The last statement is the project's. */
export function permissions(change: Json, ...more: Json[]): object {
  const statement = { Effect: "Allow", Action: "bedrock:InvokeModel", Resource: PROFILE, ...change };
  const Action = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
  const inProject = { Effect: "Allow", Action, Resource: PROJECT };
  return { Version: "2012-10-17", Statement: [statement, ...more, inProject] };
}

export const through = (value: unknown, operator = "ArnLike") => ({
  Resource: MODELS,
  Condition: { [operator]: { "bedrock:InferenceProfileArn": value } },
});

export function codes(document: unknown, delegation: Delegation = PLAIN): string[] {
  return lintPolicy(document, delegation).map(({ code, place }) => `${code} at ${place}`);
}
