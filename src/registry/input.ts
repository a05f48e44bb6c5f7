/** The forms of what operators enter, with AWS's limits. Messages name fields and rules, never the values. */
import { isIP } from "node:net";
import { z } from "zod";
import { BEDROCK_HEADERS, type Grant, MODEL_UPSTREAMS } from "../core/delegation.ts";
import { isOperation, type Operation } from "../core/operations.ts";
import { partitionOf } from "../core/regions.ts";
import { parseDuration } from "./duration.ts";
import { OperatorError } from "./errors.ts";

const text = z.string({
  error: ({ input }) => (input === undefined ? "is required" : "must be a text"),
});

/** A leading hyphen would read as an option on the command line. */
const delegationName = text.regex(
  /^[a-z0-9][a-z0-9-]{1,39}$/,
  "must be 2–40 of a–z, 0–9 and -, not beginning with -",
);

/** `signet-<name>` must be a RoleSessionName: `[\w+=,.@-]{2,64}`. */
const clientName = text.regex(
  /^[A-Za-z0-9_=,.@][A-Za-z0-9_=,.@-]{1,56}$/,
  "must be 2–57 of A–Z, a–z, 0–9 and _=,.@-, not beginning with -",
);

/** Source: IAM's CreateRole, `Path` and `RoleName`. */
const ROLE_ARN =
  /^arn:(aws|aws-us-gov|aws-eusc):iam::([0-9]{12}):role\/(?:[!-.0-~]{1,510}\/)?[\w+=,.@-]{1,64}$/;

export const roleArn = text.regex(
  ROLE_ARN,
  "must be a role's ARN such as arn:aws:iam::111122223333:role/signet",
);
const account = text.regex(/^[0-9]{12}$/, "must be an AWS account: 12 digits");
const region = text.refine(
  (name) => partitionOf(name) !== undefined,
  "must be an AWS region such as us-east-1",
);

const operation = text.refine(
  (name): name is Operation | "*" => name === "*" || isOperation(name),
  "must be an operation of Bedrock such as Converse, or *",
);

const model = text
  .max(256, { error: "must have at most 256 characters", abort: true })
  .regex(/^[A-Za-z0-9.:_/*-]+$/, {
    error: "must be a model id, an ARN or guardrail/<id>, where * stands for any text",
    abort: true,
  })
  .refine(
    isModelForm,
    "must be a model id such as amazon.nova-lite-v1:0, a Bedrock model's ARN or guardrail/<id>; * stands for any text",
  );

const MODEL_ARN =
  /^arn:(?:aws|aws-us-gov|aws-eusc):bedrock:(?:[a-z0-9-]*|\*):(?:[0-9]{12}|\*)?:(?:foundation-model|inference-profile|application-inference-profile|provisioned-model|custom-model|custom-model-deployment|imported-model|prompt-router|default-prompt-router|guardrail)\/.+$/;

/** Vendors' ids have a dot (`amazon.nova-lite-v1:0`): a bare word is a slip. */
function isModelForm(name: string): boolean {
  if (name.startsWith("arn:")) return MODEL_ARN.test(name);
  if (name.includes("/")) return name.startsWith("guardrail/");
  return name.includes(".") || name.includes("*");
}

const header = text.refine(
  (name) => BEDROCK_HEADERS.includes(name),
  `must be one of ${BEDROCK_HEADERS.join(", ")}`,
);

const list = <T extends z.ZodType>(item: T, least: number, most: number) =>
  z
    .array(item, "must be a list")
    .min(least, "must not be empty")
    .max(most, `must have at most ${most} entries`);

/** A part that is left out gets its default: see grants.ts. */
const grant = z.strictObject({
  operations: list(operation, 1, 64).exactOptional(),
  models: list(model, 1, 64).exactOptional(),
  regions: list(region, 1, 64).exactOptional(),
  headers: list(header, 0, 64).exactOptional(),
});

/** A grant with parts left out. */
export type GrantInput = Partial<Grant>;

const grants = list(grant, 1, 16);

/** Source: STS's AssumeRole, `Tags`. */
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;

const tags = z
  .array(
    z.tuple([
      text
        .min(1, "a tag's key must not be empty")
        .max(128, "a tag's key must have at most 128 characters")
        .regex(TAG, "a tag's key may hold letters, digits, spaces and _.:/=+@-")
        .refine((key) => !/^aws:/i.test(key), "a tag's key must not begin with aws:"),
      text
        .max(256, "a tag's value must have at most 256 characters")
        .regex(TAG, "a tag's value may hold letters, digits, spaces and _.:/=+@-"),
    ]),
  )
  .max(50, "must have at most 50 tags")
  .refine(
    (all) => new Set(all.map(([key]) => key.toLowerCase())).size === all.length,
    "must name each tag once",
  );

const durationSeconds = z
  .int("must be a whole number of seconds")
  .min(900, "must be at least 900 seconds")
  .max(43_200, "must be at most 43200 seconds");
const sourceIdentity = text.regex(/^[\w+=,.@-]{2,64}$/, "must be 2–64 of A–Z, a–z, 0–9 and _+=,.@-");

const yesNo = z.boolean("must be true or false");

const principal = text.regex(
  /^arn:(?:aws|aws-us-gov|aws-eusc):iam::[0-9]{12}:(?:user|role)\/[\w+=,.@/-]{1,600}$/,
  "must be the ARN of Signet's own user or role such as arn:aws:iam::123456789012:role/signet",
);

const cidr = text.refine((block) => {
  const [address = "", bits = "", ...more] = block.split("/");
  const version = isIP(address);
  return (
    version !== 0 && /^[0-9]{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128) && !more.length
  );
}, "must be a CIDR block such as 203.0.113.0/24");

const principalOrgId = text.regex(/^o-[a-z0-9]{10,32}$/, "must be an organization's id such as o-a1b2c3d4e5");
const sourceIps = list(cidr, 0, 20);
const sourceVpcs = list(text.regex(/^vpc-[0-9a-f]{8,17}$/, "must be a VPC's id such as vpc-0a1b2c3d"), 0, 20);

const requiredGuardrail = text.regex(
  /^(?:arn:(?:aws|aws-us-gov|aws-eusc):bedrock:[a-z0-9-]+:[0-9]{12}:guardrail\/)?[a-z0-9]{1,64}(?::(?:[1-9][0-9]{0,7}|DRAFT))?$/,
  "must be a guardrail's id or ARN, with :version after it for one version",
);
const asyncOutput = text.regex(
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9!_.'()/-]{1,512})?$/,
  "must be a bucket or bucket/prefix such as my-bucket/answers",
);

const roleName = text.regex(/^[\w+=,.@-]{1,64}$/, "must be 1–64 of A–Z, a–z, 0–9 and _+=,.@-");

export const delegationForm = z.strictObject({
  name: delegationName,
  /** The role, by its ARN, or by `account` and `roleName`; without any, Signet's own credentials are used. */
  roleArn: roleArn.exactOptional(),
  account: account.exactOptional(),
  roleName: roleName.exactOptional(),
  region,
  grants,
  session: z
    .strictObject({
      durationSeconds: durationSeconds.default(3600),
      tags: tags.default([]),
      sourceIdentity: sourceIdentity.exactOptional(),
    })
    .prefault({}),
  recordContent: yesNo.default(false),
  trust: z
    .strictObject({
      principal: principal.exactOptional(),
      byPrincipalArn: yesNo.default(false),
      principalOrgId: principalOrgId.exactOptional(),
      sourceIps: sourceIps.default([]),
      sourceVpcs: sourceVpcs.default([]),
    })
    .prefault({}),
  role: z
    .strictObject({
      requiredGuardrail: requiredGuardrail.exactOptional(),
      asyncOutput: asyncOutput.exactOptional(),
      bedrockApiKeys: yesNo.default(false),
      bedrockMantle: yesNo.exactOptional(),
    })
    .prefault({}),
});

/** `tags` are pairs of key and value. */
export type DelegationInput = z.input<typeof delegationForm>;

/** What an edit leaves out stays; null takes away. */
export const editForm = z.strictObject({
  roleArn: roleArn.exactOptional(),
  region: region.exactOptional(),
  grants: grants.exactOptional(),
  session: z
    .strictObject({
      durationSeconds: durationSeconds.exactOptional(),
      tags: tags.exactOptional(),
      sourceIdentity: sourceIdentity.nullable().exactOptional(),
    })
    .exactOptional(),
  recordContent: yesNo.exactOptional(),
  trust: z
    .strictObject({
      principal: principal.exactOptional(),
      byPrincipalArn: yesNo.exactOptional(),
      principalOrgId: principalOrgId.nullable().exactOptional(),
      sourceIps: sourceIps.exactOptional(),
      sourceVpcs: sourceVpcs.exactOptional(),
    })
    .exactOptional(),
  role: z
    .strictObject({
      requiredGuardrail: requiredGuardrail.nullable().exactOptional(),
      asyncOutput: asyncOutput.nullable().exactOptional(),
      bedrockApiKeys: yesNo.exactOptional(),
      bedrockMantle: yesNo.exactOptional(),
    })
    .exactOptional(),
});
export type EditInput = z.input<typeof editForm>;

export const membershipForm = z.strictObject({ delegation: text, grants: grants.exactOptional() });

export type MembershipInput = z.input<typeof membershipForm>;

export const clientForm = z.strictObject({ name: clientName, delegations: list(membershipForm, 1, 100) });
export type ClientInput = z.input<typeof clientForm>;

/** One model: no pattern, no guardrail. */
const oneModel = model.refine(
  (name) => !name.includes("*") && !name.startsWith("guardrail/"),
  "must be one model: its id, its profile's id or an ARN",
);

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

export const duration = (least: number, message: string) =>
  text.transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed !== undefined && parsed >= least) return parsed;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** What a key is: a bearer secret, or a pair that SigV4 callers sign with. */
export const KEY_KINDS = ["secret", "access-key-pair"] as const;

export const keyForm = z.strictObject({
  client: text,
  delegation: text.exactOptional(),
  /** `secret` unless given. */
  kind: z.enum(KEY_KINDS, `must be ${KEY_KINDS.join(" or ")}`).exactOptional(),
  grants: grants.exactOptional(),
  expiresIn: duration(1, "must be a duration such as 12h or 90d, at most 3650d").exactOptional(),
});
export type KeyInput = z.input<typeof keyForm>;

export const rotationForm = z.strictObject({
  overlap: duration(0, "must be a duration such as 0s, 12h or 7d, at most 3650d").prefault("24h"),
});
export type RotationInput = z.input<typeof rotationForm>;

/** The input in its form. Throws OperatorError `invalid` with every problem. */
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
