/** The parts of a template that the account owner may fill in, if the language has parameters. */
import type { DelegationTemplate, PolicyDocument, Statement } from "../document.ts";

export interface Parameter {
  name: "RoleName" | "ExternalId" | "NextExternalId" | "SignetPrincipalArn";
  description: string;
  value: string;
  /** A regular expression for the whole value. */
  pattern: string;
  /** The pattern in words. */
  constraint: string;
}

/** What a parameter's places in a policy become in the language. */
export interface References {
  parameter(name: Parameter["name"]): unknown;
  /** The ARN of the whole account of SignetPrincipalArn: `arn:…:iam::<account>:root`. */
  principalAccount(partition: string): unknown;
}

/** Terraform's regular expressions are RE2's, where no repeat may be above 1,000: such a pattern accepts nothing. */
const EXTERNAL_ID = {
  pattern: "^[A-Za-z0-9_+=,.@:/-]{2,1000}[A-Za-z0-9_+=,.@:/-]{0,224}$",
  constraint: "2 to 1224 letters, digits and _+=,.@:/-",
};

export function parametersOf(template: DelegationTemplate): Parameter[] {
  const [externalId, nextExternalId] = externalIdsOf(template.trustPolicy);
  const principal = principalOf(template.trustPolicy);
  const optional = (value: string | undefined, rest: Omit<Parameter, "value">): Parameter[] =>
    value === undefined ? [] : [{ ...rest, value }];
  return [
    {
      name: "RoleName",
      description: "Name of the role. If you change it, configure the role's ARN in Signet.",
      value: template.roleName,
      pattern: "^[A-Za-z0-9_+=,.@-]{1,64}$",
      constraint: "1 to 64 letters, digits and _+=,.@-",
    },
    ...optional(externalId, {
      name: "ExternalId",
      description: "External ID that Signet generated for this delegation. Don't change it.",
      ...EXTERNAL_ID,
    }),
    ...optional(nextExternalId, {
      name: "NextExternalId",
      description: "External ID that replaces the current one. Don't change it.",
      ...EXTERNAL_ID,
    }),
    ...optional(principal, {
      name: "SignetPrincipalArn",
      description: "ARN of Signet's own user or role, the only one that may assume the role.",
      pattern: "^arn:[a-z-]+:iam::[0-9]{12}:(user|role)/[A-Za-z0-9_+=,.@/-]+$",
      constraint: "ARN of an IAM user or role",
    }),
  ];
}

/** The trust policy with references in place of parameters' values. */
export function trustWithReferences(policy: PolicyDocument, references: References): unknown {
  const names = new Map<string, Parameter["name"]>();
  const [externalId, nextExternalId] = externalIdsOf(policy);
  if (externalId !== undefined) names.set(externalId, "ExternalId");
  if (nextExternalId !== undefined) names.set(nextExternalId, "NextExternalId");
  const principal = principalOf(policy);
  if (principal !== undefined) names.set(principal, "SignetPrincipalArn");
  const referenced = (value: string): unknown => {
    const name = names.get(value);
    if (name !== undefined) return references.parameter(name);
    return isAccountOf(value, principal) ? references.principalAccount(value.split(":")[1] ?? "") : value;
  };
  return { ...policy, Statement: policy.Statement.map((statement) => referencing(statement, referenced)) };
}

const PARAMETER_KEYS = ["sts:ExternalId", "aws:PrincipalArn"];

/** Elsewhere, for instance in a tag, the same text is literal. */
function referencing(statement: Statement, referenced: (value: string) => unknown): unknown {
  const { Principal, Condition } = statement;
  const each = (values: string | string[]) =>
    Array.isArray(values) ? values.map(referenced) : referenced(values);
  const conditions = Object.entries(Condition ?? {}).map(([operator, keys]) => [
    operator,
    Object.fromEntries(
      Object.entries(keys).map(([key, values]) => [
        key,
        PARAMETER_KEYS.includes(key) ? each(values) : values,
      ]),
    ),
  ]);
  return {
    ...statement,
    ...(Principal === undefined ? {} : { Principal: { AWS: each(Principal.AWS) } }),
    ...(Condition === undefined ? {} : { Condition: Object.fromEntries(conditions) as unknown }),
  };
}

function externalIdsOf(policy: PolicyDocument): string[] {
  const ids = policy.Statement.flatMap(({ Condition }) =>
    valuesOf(Condition?.["StringEquals"]?.["sts:ExternalId"]),
  );
  return [...new Set(ids)];
}

/** The trusted user or role: the principal, or in aws:PrincipalArn next to its account. */
function principalOf(policy: PolicyDocument): string | undefined {
  const named = policy.Statement.flatMap(({ Principal, Condition }) => [
    ...valuesOf(Condition?.["ArnEquals"]?.["aws:PrincipalArn"]),
    ...valuesOf(Principal?.AWS),
  ]);
  return named.find((arn) => !arn.endsWith(":root"));
}

function isAccountOf(arn: string, principal: string | undefined): boolean {
  return arn.endsWith(":root") && principal?.split(":")[4] === arn.split(":")[4];
}

function valuesOf(values: string | string[] | undefined): string[] {
  return values === undefined ? [] : [values].flat();
}
