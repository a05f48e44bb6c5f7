/**
 * What an operator enters in Flashback for one of Signet's keys: exactly the fields that an "AI LLM" has there, and
 * API Key only for the type that needs one.
 */
import type { AiLlmType } from "../core/flashback.ts";
import type { Secret } from "../core/secret.ts";
import { OperatorError } from "../delegations/errors.ts";

export interface FlashbackField {
  field: "AI LLM Type" | "API Endpoint" | "API Secret" | "API Key";
  value: string;
}

/** Base URLs as the SDKs of each type take them: OpenAI's with `/v1`, Anthropic's and Google's without. */
const PATHS: Record<Exclude<AiLlmType, "AWS">, string> = {
  OPENAI: "/v1",
  OTHER: "/v1",
  ANTHROPIC: "",
  GOOGLE: "",
};

/** The API Endpoint for a type. Throws OperatorError for `AWS`. */
export function flashbackEndpoint(type: AiLlmType, publicUrl: string): string {
  if (type === "AWS")
    throw new OperatorError("invalid", [
      {
        field: "type",
        message:
          "AWS takes an access-key pair that signs SigV4, which Signet doesn't issue yet: use OPENAI, ANTHROPIC, GOOGLE or OTHER",
      },
    ]);
  return publicUrl + PATHS[type];
}

/** Throws OperatorError for a type that Signet can't serve. */
export function flashbackFields(type: AiLlmType, publicUrl: string, secret: Secret): FlashbackField[] {
  return [
    { field: "AI LLM Type", value: type },
    { field: "API Endpoint", value: flashbackEndpoint(type, publicUrl) },
    { field: "API Secret", value: secret.reveal() },
  ];
}
