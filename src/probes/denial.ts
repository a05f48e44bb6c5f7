/** Denials by a policy: which kind of policy AWS names, and the policy that allows the call; and calls that must be denied. */
import type { Delegation } from "../core/delegation.ts";
import { matchesPattern } from "../core/model.ts";
import type { Cause, Fix } from "../core/verification.ts";
import type { PolicyDocument } from "../iam/document.ts";
import { fixAllowing, fixBy, fixOtherPolicies, fixRole } from "./fixes.ts";
import { passed, type Finding } from "./probe.ts";
import { meaningOf } from "./said.ts";
import type { Answer } from "./send.ts";

/** By the kind of policy that AWS names. */
export function denial(message: string, delegation: Delegation): [Cause, Fix] {
  if (/service control policy|resource control policy/.test(message)) {
    const advice =
      "Allow this action in the organization's policies; those that deny regions must exempt `unspecified` for global profiles.";
    return ["service_control_policy", fixBy("account", advice)];
  }
  if (/VPC endpoint policy/.test(message))
    return ["network", fixBy("signet", "Allow this action in the policy of Signet's VPC endpoint.")];
  if (/permissions boundary/.test(message))
    return ["role_policy", fixBy("role", "Allow this action in the role's permissions boundary.")];
  if (/session policy/.test(message)) {
    const advice =
      "Report this as a bug: the session policy that Signet makes from the grants doesn't allow what they allow.";
    return ["session_policy", fixBy("signet", advice, `signet policy session ${delegation.name}`)];
  }
  if (/explicit deny/.test(message)) {
    const advice =
      "Replace all of the role's policies with this inline policy: one of them denies this (AWSRevokeOlderSessions, if sessions were revoked).";
    return ["role_policy", fixOtherPolicies(delegation, advice)];
  }
  return missing(message, delegation);
}

/** The role lacks a permission: AWS says which action, and on what. */
function missing(message: string, delegation: Delegation): [Cause, Fix] {
  const { action, resource } = deniedBy(message);
  const project = /:project\/(.+)$/.exec(resource)?.[1];
  const cause: Cause = project === undefined ? "role_policy" : "project";
  const about =
    project === undefined
      ? "it is compiled from the delegation's grants"
      : `it allows the calls in the project ${project} of the account, which AWS asks for besides the model`;
  const fix = fixRole(delegation, `Attach this inline policy to the role: ${about}.`);
  const { policy } = fix;
  if (action === "" || policy === undefined || isAllowed(policy as PolicyDocument, action, resource))
    return [cause, fix];
  // The compiled policy would be denied again, for example where AWS routes a profile to a region that isn't known here.
  return [cause, fixAllowing(delegation, action, resource)];
}

/** As IAM words it: `… is not authorized to perform: bedrock:InvokeModel on resource: arn:… because …`. */
function deniedBy(message: string): { action: string; resource: string } {
  const [, action = "", resource = ""] =
    /is not authorized to perform: (\S+) on resource: (\S+)/.exec(message) ?? [];
  return { action, resource };
}

/** Whether a statement allows the action on the resource, its condition aside. */
function isAllowed({ Statement }: PolicyDocument, action: string, resource: string): boolean {
  return Statement.some(
    (statement) =>
      statement.Effect === "Allow" && has(statement.Action, action) && has(statement.Resource, resource),
  );
}

function has(patterns: string | string[] | undefined, value: string): boolean {
  return [patterns ?? []].flat().some((pattern) => matchesPattern(pattern, value));
}

/** Checks a call that must be denied, by IAM and not for any other reason. */
export function mustDeny(answer: Answer, delegation: Delegation, what: string): Finding {
  const { code, message } = answer;
  const said = answer.ok ? `HTTP ${message}` : `${code}: ${message}`;
  switch (meaningOf(answer)) {
    case "iam":
    case "refused":
      return passed(code || "denied");
    case "allowed":
    case "content": {
      // An error about the content means that IAM allowed the call.
      const advice = `Replace all of the role's policies with this inline policy: it doesn't allow ${what}.`;
      const fix = fixOtherPolicies(delegation, advice);
      return { status: "fail", answer: said, cause: "role_policy", fix };
    }
    default:
      return { status: "unknown", answer: said };
  }
}
