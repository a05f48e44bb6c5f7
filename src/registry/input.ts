/** Schemas of operators' input: the fields, and which are optional. Messages name fields, never values. */
import { z } from "zod";
import { DEFAULT_ROLE, DEFAULT_TRUST, MODEL_UPSTREAMS } from "../core/delegation.ts";
import { OperatorError } from "./errors.ts";
import {
  text,
  delegationName,
  clientName,
  roleArn,
  account,
  region,
  list,
  grants,
  tags,
  durationSeconds,
  sourceIdentity,
  yesNo,
  principal,
  principalOrgId,
  sourceIps,
  sourceVpcs,
  requiredGuardrail,
  asyncOutput,
  project,
  roleName,
  duration,
  oneModel,
} from "./fields.ts";

/** The same fields, all optional. */
function optional<S extends Record<string, z.ZodType>>(
  fields: S,
): { [K in keyof S]: z.ZodExactOptional<S[K]> } {
  const entries = Object.entries(fields).map(([name, field]) => [name, z.exactOptional(field)]);
  return Object.fromEntries(entries) as { [K in keyof S]: z.ZodExactOptional<S[K]> };
}

/** A delegation's settings, each defined once: the creation form adds defaults, the edit form makes them optional. */
const session = { durationSeconds, tags, sourceIdentity };
const trust = { principal, byPrincipalArn: yesNo, principalOrgId, sourceIps, sourceVpcs };
const role = {
  requiredGuardrail,
  asyncOutput,
  project,
  bedrockApiKeys: yesNo,
  bedrockMantle: yesNo,
  scopedCredentials: yesNo,
};

export const delegationForm = z.strictObject({
  name: delegationName,
  /** The role, by its ARN, or by `account` and `roleName`; without any, Signet's own credentials are used. */
  ...optional({ roleArn, account, roleName }),
  region,
  grants,
  session: z
    .strictObject({
      ...optional(session),
      durationSeconds: durationSeconds.default(3600),
      tags: tags.default([]),
    })
    .prefault({}),
  recordContent: yesNo.default(false),
  trust: z
    .strictObject({
      ...optional(trust),
      byPrincipalArn: yesNo.default(DEFAULT_TRUST.byPrincipalArn),
      sourceIps: sourceIps.default(DEFAULT_TRUST.sourceIps),
      sourceVpcs: sourceVpcs.default(DEFAULT_TRUST.sourceVpcs),
    })
    .prefault({}),
  role: z
    .strictObject({ ...optional(role), bedrockApiKeys: yesNo.default(DEFAULT_ROLE.bedrockApiKeys) })
    .prefault({}),
});

/** A grant, possibly with omitted parts. */
export type GrantInput = z.input<typeof grants>[number];

/** `tags` are pairs of key and value. */
export type DelegationInput = z.input<typeof delegationForm>;

/** Omitted fields stay unchanged; null removes. */
export const editForm = z.strictObject(
  optional({
    roleArn,
    region,
    grants,
    session: z.strictObject(optional({ ...session, sourceIdentity: sourceIdentity.nullable() })),
    recordContent: yesNo,
    trust: z.strictObject(optional({ ...trust, principalOrgId: principalOrgId.nullable() })),
    role: z.strictObject(
      optional({
        ...role,
        requiredGuardrail: requiredGuardrail.nullable(),
        asyncOutput: asyncOutput.nullable(),
        project: project.nullable(),
      }),
    ),
  }),
);
export type EditInput = z.input<typeof editForm>;

export const membershipForm = z.strictObject({ delegation: text, grants: grants.exactOptional() });

export type MembershipInput = z.input<typeof membershipForm>;

export const clientForm = z.strictObject({ name: clientName, delegations: list(membershipForm, 1, 100) });
export type ClientInput = z.input<typeof clientForm>;

export const aliasForm = z.strictObject({
  name: text.regex(
    /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/,
    "must be 1–128 of A–Z, a–z, 0–9 and ._:@-, beginning with a letter or digit",
  ),
  model: oneModel,
  base: text
    .regex(
      /^[a-z0-9]+\.[A-Za-z0-9.:_-]{1,128}$/,
      "must be a foundation model's id such as amazon.nova-lite-v1:0",
    )
    .exactOptional(),
  upstream: z.enum(MODEL_UPSTREAMS, `must be one of ${MODEL_UPSTREAMS.join(", ")}`).exactOptional(),
});
export type AliasInput = z.input<typeof aliasForm>;

/** The kinds of keys: a bearer secret, or a pair that SigV4 callers sign with. */
export const KEY_KINDS = ["secret", "access-key-pair"] as const;

export const keyForm = z.strictObject({
  client: text,
  delegation: text.exactOptional(),
  /** Default: `secret`. */
  kind: z.enum(KEY_KINDS, `must be ${KEY_KINDS.join(" or ")}`).exactOptional(),
  grants: grants.exactOptional(),
  expiresIn: duration(1, "must be a duration such as 12h or 90d, at most 3650d").exactOptional(),
});
export type KeyInput = z.input<typeof keyForm>;

export const rotationForm = z.strictObject({
  overlap: duration(0, "must be a duration such as 0s, 12h or 7d, at most 3650d").prefault("24h"),
});
export type RotationInput = z.input<typeof rotationForm>;

/** The parsed input. Throws OperatorError `invalid` with every problem. */
export function checked<S extends z.ZodType>(form: S, input: unknown): z.output<S> {
  const result = form.safeParse(input);
  if (result.success) return result.data;
  throw new OperatorError(
    "invalid",
    result.error.issues.map((issue) => ({ field: fieldOf(issue.path), message: messageOf(issue) })),
  );
}

/** `["grants", 0, "models"]` as `grants[0].models`. */
function fieldOf(path: readonly PropertyKey[]): string {
  const field = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return field.replace(/^\./, "") || "input";
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  return `has unknown fields: ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
}
