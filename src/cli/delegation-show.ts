/** A delegation, formatted for people. */
import type { DelegationView } from "../admin/views/delegations.ts";
import type { VerificationView } from "../admin/views/verifications.ts";
import type { CliContext } from "./context.ts";
import { grantLines } from "./grant-options.ts";
import { dateText, printFields, stateText } from "./output.ts";

export function printDelegation(
  context: CliContext,
  delegation: DelegationView,
  latest?: VerificationView,
): void {
  printFields(context, [
    ["name", delegation.name],
    ["state", stateOf(context, delegation)],
    ["account", delegation.account],
    ["role", delegation.roleArn ?? "none (Signet's own credentials)"],
    ...externalIds(delegation),
    ["region", delegation.region],
    ...grantLines(delegation.grants).map((line) => ["grant", line] as const),
    ["session", sessionText(delegation)],
    ...trustFields(delegation),
    ...roleFields(delegation),
    ["content", delegation.recordContent ? "prompts and completions are recorded" : "not recorded"],
    ["created", dateText(delegation.createdAt)],
    ["verified", latest ? `${latest.verdict} (${latest.scope}), ${dateText(latest.finishedAt)}` : "never"],
  ]);
}

type Field = readonly [string, string];

function stateOf(context: CliContext, { state, stateReason }: DelegationView): string {
  return stateText(context, state) + (stateReason === undefined ? "" : `: ${stateReason}`);
}

function externalIds({ externalId, nextExternalId, previousExternalId }: DelegationView): Field[] {
  return [
    ["external id", externalId ?? "-"],
    ...(nextExternalId === undefined
      ? []
      : [["next id", `${nextExternalId}, once the role accepts it`] as const]),
    ...(previousExternalId === undefined
      ? []
      : [["previous id", `${previousExternalId}, until the role rejects it`] as const]),
  ];
}

function sessionText({ session }: DelegationView): string {
  const tags = Object.entries(session.tags).map(([key, value]) => `${key}=${value}`);
  const parts = [`${session.durationSeconds} s`, ...tags];
  if (session.sourceIdentity !== undefined) parts.push(`source identity ${session.sourceIdentity}`);
  return parts.join(", ");
}

function trustFields({ roleArn, trust }: DelegationView): Field[] {
  if (roleArn === undefined) return [];
  const conditions = [
    ...(trust.byPrincipalArn ? ["by aws:PrincipalArn"] : []),
    ...(trust.principalOrgId === undefined ? [] : [`in ${trust.principalOrgId}`]),
    ...(trust.sourceIps.length > 0 ? [`from ${trust.sourceIps.join(", ")}`] : []),
    ...(trust.sourceVpcs.length > 0 ? [`from ${trust.sourceVpcs.join(", ")}`] : []),
  ];
  return [["trusts", [trust.principal ?? "unknown, set it with --principal", ...conditions].join(", ")]];
}

function roleFields({ role }: DelegationView): Field[] {
  return [
    ...(role.requiredGuardrail === undefined
      ? []
      : [["guardrail", `${role.requiredGuardrail}, required`] as const]),
    ...(role.asyncOutput === undefined ? [] : [["async output", role.asyncOutput] as const]),
    ...(role.project === undefined ? [] : [["project", role.project] as const]),
    ...(role.scopedCredentials
      ? [["scoped credentials", "sessions may be narrowed in several steps"] as const]
      : []),
    ...(role.bedrockMantle ? [["Mantle", "models may be called through bedrock-mantle"] as const] : []),
    ...(role.bedrockApiKeys ? [["API keys", "may be created from its sessions"] as const] : []),
  ];
}
