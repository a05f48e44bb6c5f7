/** Policy documents as IAM reads them. Source: the IAM user guide, "IAM JSON policy elements reference". */
import { ExpectedError } from "../core/expected-error.ts";

/** Operator (`StringEquals`) → condition key → values. */
export type Conditions = Record<string, Record<string, string | string[]>>;

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  /** Trust policies only. */
  Principal?: { AWS: string | string[] };
  Action: string | string[];
  /** Not in trust policies, which have neither. */
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Conditions;
}

export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: Statement[];
}

/** IAM's and STS's limits on policies, in characters without white space. Source: "IAM and AWS STS quotas". */
export const POLICY_LIMITS = {
  /** A trust policy, unless the account's quota was raised (up to 4,096). */
  trust: 2048,
  /** All inline policies of one role together. */
  role: 10_240,
  /** A session policy. */
  session: 2048,
  /** A customer managed policy: that of Signet's own principal. */
  base: 6144,
} as const;

/** The document cannot be made: it would be larger than IAM takes, or a field's form is unknown to IAM. */
export class PolicyError extends ExpectedError {
  /** The field of the delegation that it comes from: `grants`, `trust.sourceIps`. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.name = "PolicyError";
    this.field = field;
  }
}

/** Everything that the account owner creates for one delegation: one role with one inline policy. */
export interface DelegationTemplate {
  /** The delegation's name. */
  delegation: string;
  /** The role's 12-digit account. */
  account: string;
  partition: string;
  /** The delegation's source region. */
  region: string;
  roleName: string;
  /** `/` or `/team/`. */
  rolePath: string;
  description: string;
  /** Seconds, 3,600–43,200: the role's `MaxSessionDuration`. */
  maxSessionDuration: number;
  trustPolicy: PolicyDocument;
  /** Name of the inline policy. */
  policyName: string;
  permissions: PolicyDocument;
}

export function documentOf(statements: Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

export function isWithinLimit(kind: keyof typeof POLICY_LIMITS, statements: Statement[]): boolean {
  return JSON.stringify(documentOf(statements)).length <= POLICY_LIMITS[kind];
}

/** The document, if it is within IAM's limit. Throws PolicyError naming `field`. */
export function withinLimit(
  kind: Exclude<keyof typeof POLICY_LIMITS, "session">,
  field: string,
  statements: Statement[],
): PolicyDocument {
  if (isWithinLimit(kind, statements)) return documentOf(statements);
  const size = JSON.stringify(documentOf(statements)).length;
  throw new PolicyError(
    field,
    `result in a policy of ${size} characters; IAM takes at most ${POLICY_LIMITS[kind]}`,
  );
}
