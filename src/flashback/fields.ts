/**
 * The fields an operator enters in Flashback for one of Signet's keys: exactly those of an "AI LLM" there, with API Key
 * only for the type that needs one.
 */
import type { AiLlmType } from "../store/flashback.ts";
import type { Secret } from "../core/secret.ts";
import { OperatorError } from "../registry/errors.ts";

export interface FlashbackField {
  field: "AI LLM Type" | "API Endpoint" | "API Secret" | "API Key";
  value: string;
}

/** What a key presents: a bearer secret, or the two parts of an access-key pair. */
export interface Presented {
  secret: Secret;
  accessKeyId?: string | undefined;
}

/** Base URLs as the SDKs of each type expect them: OpenAI's with `/v1`, the others' without. */
const PATHS: Record<AiLlmType, string> = {
  OPENAI: "/v1",
  OTHER: "/v1",
  ANTHROPIC: "",
  GOOGLE: "",
  AWS: "",
};

/** The API Endpoint for a type. */
export function flashbackEndpoint(type: AiLlmType, publicUrl: string): string {
  return publicUrl + PATHS[type];
}

/** `AWS` signs with an access-key pair, every other type sends a bearer secret. Throws OperatorError. */
export function requireKindFor(type: AiLlmType, { accessKeyId }: Pick<Presented, "accessKeyId">): void {
  if ((type === "AWS") === (accessKeyId !== undefined)) return;
  const message =
    type === "AWS"
      ? "AWS requires a key that is an access-key pair (`signet key create --access-key-pair`)"
      : `${type} requires a key that is a bearer secret, not an access-key pair`;
  throw new OperatorError("invalid", [{ field: "type", message }]);
}

/** Throws OperatorError for a key of the wrong kind. */
export function flashbackFields(type: AiLlmType, publicUrl: string, presented: Presented): FlashbackField[] {
  requireKindFor(type, presented);
  const { secret, accessKeyId } = presented;
  return [
    { field: "AI LLM Type", value: type },
    { field: "API Endpoint", value: flashbackEndpoint(type, publicUrl) },
    ...(accessKeyId === undefined ? [] : [{ field: "API Key" as const, value: accessKeyId }]),
    { field: "API Secret", value: secret.reveal() },
  ];
}
