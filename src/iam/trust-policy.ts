/**
 * The trust policy of a delegated role: Signet's own identity may assume it, under the External ID.
 *
 * Tags and SourceIdentity have separate statements: IAM evaluates `sts:TagSession`, `sts:SetSourceIdentity` and
 * `sts:AssumeRole` separately. They are pinned to what Signet sends, and allow nothing by themselves.
 * Source: the IAM user guide, "Passing session tags in AWS STS", "Monitor and control actions taken with assumed roles".
 */
import type { Delegation, TrustSettings } from "../core/delegation.ts";
import { requireTrust } from "./checks.ts";
import {
  PolicyError,
  withinLimit,
  type Conditions,
  type PolicyDocument,
  type Statement,
} from "./document.ts";

const PRINCIPAL = /^arn:(aws|aws-us-gov|aws-eusc):iam::([0-9]{12}):(?:user|role)\/[\w+=,.@/-]+$/;
/** Source: STS AssumeRole, `ExternalId`. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

type Trusted = Pick<Delegation, "externalId" | "nextExternalId" | "trust" | "session">;

/** During a rotation both External IDs are accepted. Throws PolicyError. */
export function trustPolicy(delegation: Trusted): PolicyDocument {
  const { trust, session } = delegation;
  requireTrust(trust);
  const Principal = { AWS: principalOf(trust) };
  const anchored = anchorOf(trust);
  const allow = (Sid: string, Action: string, condition: Conditions): Statement => ({
    Sid,
    Effect: "Allow",
    Principal,
    Action,
    Condition: joined(anchored, condition),
  });
  const statements = [
    allow("SignetAssumesUnderExternalId", "sts:AssumeRole", {
      StringEquals: { "sts:ExternalId": oneOrMore(externalIds(delegation)) },
      StringLike: { "sts:RoleSessionName": "signet-*" },
    }),
  ];
  const tags = Object.entries(session.tags);
  if (tags.length > 0)
    statements.push(
      allow("SignetTagsItsSessions", "sts:TagSession", {
        StringEquals: Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
        "ForAllValues:StringEquals": { "aws:TagKeys": tags.map(([key]) => key) },
      }),
    );
  if (session.sourceIdentity !== undefined)
    statements.push(
      allow("SignetNamesItsSource", "sts:SetSourceIdentity", {
        StringEquals: { "sts:SourceIdentity": session.sourceIdentity },
      }),
    );
  return withinLimit("trust", "trust", statements);
}

function principalOf({ principal, byPrincipalArn }: TrustSettings): string {
  if (principal === undefined)
    throw new PolicyError("trust.principal", "is unknown: name Signet's own user or role");
  const [, partition, account] = PRINCIPAL.exec(principal) ?? [];
  if (account === undefined)
    throw new PolicyError("trust.principal", "must be the ARN of an IAM user or role");
  return byPrincipalArn ? `arn:${partition}:iam::${account}:root` : principal;
}

/** What every statement requires of the caller. */
function anchorOf({
  principal,
  byPrincipalArn,
  principalOrgId,
  sourceIps,
  sourceVpcs,
}: TrustSettings): Conditions {
  const equals: Record<string, string | string[]> = {
    ...(principalOrgId === undefined ? {} : { "aws:PrincipalOrgID": principalOrgId }),
    ...(sourceVpcs.length === 0 ? {} : { "aws:SourceVpc": oneOrMore(sourceVpcs) }),
  };
  return {
    ...(byPrincipalArn && principal !== undefined ? { ArnEquals: { "aws:PrincipalArn": principal } } : {}),
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(sourceIps.length === 0 ? {} : { IpAddress: { "aws:SourceIp": oneOrMore(sourceIps) } }),
  };
}

function externalIds({ externalId, nextExternalId }: Trusted): string[] {
  const ids = [externalId, nextExternalId].filter((id) => id !== undefined);
  if (ids.length === 0) throw new PolicyError("externalId", "is missing: a role is not trusted without one");
  if (!ids.every((id) => EXTERNAL_ID.test(id)))
    throw new PolicyError("externalId", "must be 2–1224 of A–Z, a–z, 0–9 and _+=,.@:/-");
  return ids;
}

function oneOrMore(values: string[]): string | string[] {
  const [first, ...others] = values;
  return first !== undefined && others.length === 0 ? first : values;
}

/** Both conditions together: all operators and keys of each must hold. */
function joined(a: Conditions, b: Conditions): Conditions {
  const operators = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...operators].map((operator) => [operator, { ...a[operator], ...b[operator] }]));
}
