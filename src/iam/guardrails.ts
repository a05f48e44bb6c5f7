/** Guardrails in policies: those that may be applied, and one that every inference must name. */
import type { Delegation, Grant } from "../core/delegation.ts";
import type { Place } from "../core/model.ts";
import { arnIn, arnWithin } from "./arns.ts";
import type { Statement } from "./document.ts";

/** Whether an entry of a grant's `models` is about guardrails only. */
export function isGuardrail(pattern: string): boolean {
  return pattern.startsWith("guardrail/") || pattern.includes(":guardrail/");
}

/** The guardrails in a grant's `models`, as ARNs of the place. */
export function guardrailsOf(grant: Grant, place: Place): string[] {
  return grant.models.flatMap((pattern) => {
    if (pattern.startsWith("arn:"))
      return pattern.includes(":guardrail/") ? (arnWithin(pattern, place) ?? []) : [];
    if (pattern === "*") return [arnIn(place, "guardrail/*")];
    return pattern.startsWith("guardrail/") ? [arnIn(place, pattern)] : [];
  });
}

/**
 * Denies inference that doesn't name the guardrail. A request without one lacks the key, and a negated operator
 * matches a missing key. Projects are left out: a call needs its model too, and nobody says whether IAM knows the
 * guardrail when it asks about the project. Source: "Set up permissions to use guardrails" in the Bedrock user guide.
 */
export function guardrailStatements(delegation: Delegation): Statement[] {
  if (delegation.role.requiredGuardrail === undefined) return [];
  const { arn, version } = requiredGuardrail(delegation.role.requiredGuardrail, delegation);
  return [
    {
      Sid: "ApplyRequiredGuardrail",
      Effect: "Allow",
      Action: ["bedrock:ApplyGuardrail"],
      Resource: [arn],
    },
    {
      Sid: "DenyWithoutGuardrail",
      Effect: "Deny",
      Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
      NotResource: [arnIn({ ...delegation, region: "*" }, "project/*")],
      Condition: { StringNotLike: { "bedrock:GuardrailIdentifier": identifiers(arn, version) } },
    },
  ];
}

/** The working draft is named by the ARN alone. */
function identifiers(arn: string, version: string | undefined): string[] {
  if (version === undefined) return [arn, `${arn}:*`];
  return version === "DRAFT" ? [arn, `${arn}:DRAFT`] : [`${arn}:${version}`];
}

/** Splits a guardrail's id or ARN from its optional version. */
export function requiredGuardrail(
  required: string,
  place: Place,
): { arn: string; version: string | undefined } {
  const [, arn = "", version] = /^(.*?)(?::([0-9]+|DRAFT))?$/.exec(required) ?? [];
  return { arn: arn.startsWith("arn:") ? arn : arnIn(place, `guardrail/${arn}`), version };
}
