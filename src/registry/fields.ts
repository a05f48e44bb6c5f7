/** Fields of operators' input, with AWS's limits. Messages name rules, never the values. */
import { isIP } from "node:net";
import { z } from "zod";
import { isOperation, type Operation } from "../core/operations.ts";
import { partitionOf } from "../core/regions.ts";
import { SETTINGS, settingNamed } from "../core/settings.ts";
import { parseDuration } from "./duration.ts";

export const text = z.string({
  error: ({ input }) => (input === undefined ? "is required" : "must be a string"),
});

/** A leading hyphen would read as an option on the command line. */
export const delegationName = text.regex(
  /^[a-z0-9][a-z0-9-]{1,39}$/,
  "must be 2–40 of a–z, 0–9 and -, not beginning with -",
);

/** `signet-<name>` must be a RoleSessionName: `[\w+=,.@-]{2,64}`; and the name is a segment of paths in S3. */
export const clientName = text.regex(
  /^(?!\.\.$)[A-Za-z0-9_=,.@][A-Za-z0-9_=,.@-]{1,56}$/,
  "must be 2–57 of A–Z, a–z, 0–9 and _=,.@-, not beginning with - and not ..",
);

/** Source: IAM's CreateRole, `Path` and `RoleName`. */
const ROLE_ARN = /^arn:(aws|aws-us-gov|aws-eusc):iam::([0-9]{12}):role\/(?:[!-~]{1,510}\/)?[\w+=,.@-]{1,64}$/;

export const roleArn = text.regex(
  ROLE_ARN,
  "must be a role's ARN such as arn:aws:iam::111122223333:role/signet",
);
export const account = text.regex(/^[0-9]{12}$/, "must be an AWS account: 12 digits");
export const region = text.refine(
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
    error: "must be a model id, an ARN or guardrail/<id>; * matches any text",
    abort: true,
  })
  .refine(
    isModelForm,
    "must be a model id such as amazon.nova-lite-v1:0, a Bedrock model's ARN or guardrail/<id>; * matches any text",
  );

const MODEL_ARN =
  /^arn:(?:aws|aws-us-gov|aws-eusc):bedrock:(?:[a-z0-9-]*|\*):(?:[0-9]{12}|\*)?:(?:foundation-model|inference-profile|application-inference-profile|provisioned-model|custom-model|custom-model-deployment|imported-model|prompt-router|default-prompt-router|guardrail)\/.+$/;

/** Vendors' ids have a dot (`amazon.nova-lite-v1:0`): a bare word is a mistake. */
function isModelForm(name: string): boolean {
  if (name.startsWith("arn:")) return MODEL_ARN.test(name);
  if (name.includes("/")) return name.startsWith("guardrail/");
  return name.includes(".") || name.includes("*");
}

const setting = text.transform((name, context) => {
  const known = settingNamed(name);
  if (known) return known;
  context.addIssue({ code: "custom", message: `must be one of ${SETTINGS.join(", ")}` });
  return z.NEVER;
});

export const list = <T extends z.ZodType>(item: T, least: number, most: number) =>
  z
    .array(item, "must be a list")
    .min(least, "must not be empty")
    .max(most, `must have at most ${most} entries`);

/** Omitted parts get their defaults: see grants.ts. Settings were once called `headers` and named by those. */
const grant = z
  .strictObject({
    operations: list(operation, 1, 64).exactOptional(),
    models: list(model, 1, 64).exactOptional(),
    regions: list(region, 1, 64).exactOptional(),
    settings: list(setting, 0, 64).exactOptional(),
    headers: list(setting, 0, 64).exactOptional(),
  })
  .transform(({ headers, ...rest }) =>
    rest.settings === undefined && headers === undefined
      ? rest
      : { ...rest, settings: [...new Set([...(rest.settings ?? []), ...(headers ?? [])])] },
  );

export const grants = list(grant, 1, 16);

/** Source: STS's AssumeRole, `Tags`. */
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;

export const tags = z
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

export const durationSeconds = z
  .int("must be a whole number of seconds")
  .min(900, "must be at least 900 seconds")
  .max(43_200, "must be at most 43200 seconds");
export const sourceIdentity = text.regex(/^[\w+=,.@-]{2,256}$/, "must be 2–256 of A–Z, a–z, 0–9 and _+=,.@-");

export const yesNo = z.boolean("must be true or false");

export const principal = text.regex(
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

export const principalOrgId = text.regex(
  /^o-[a-z0-9]{10,32}$/,
  "must be an organization's id such as o-a1b2c3d4e5",
);
export const sourceIps = list(cidr, 0, 20);
export const sourceVpcs = list(
  text.regex(/^vpc-[0-9a-f]{8,17}$/, "must be a VPC's id such as vpc-0a1b2c3d"),
  0,
  20,
);

export const requiredGuardrail = text.regex(
  /^(?:arn:(?:aws|aws-us-gov|aws-eusc):bedrock:[a-z0-9-]+:[0-9]{12}:guardrail\/)?[a-z0-9]{1,64}(?::(?:[1-9][0-9]{0,7}|DRAFT))?$/,
  "must be a guardrail's id or ARN, followed by :version for one version",
);
/** `default` means none of its own. Source: the shape ProjectIdentifier of Bedrock's service model. */
export const project = text
  .regex(/^(?:default|proj_[A-Za-z0-9_-]{1,64})$/, "must be default or a project's id such as proj_a1b2c3d4")
  .transform((id) => (id === "default" ? null : id));
export const asyncOutput = text.regex(
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9!_.'()/-]{1,512})?$/,
  "must be a bucket or bucket/prefix such as my-bucket/answers",
);

export const roleName = text.regex(/^[\w+=,.@-]{1,64}$/, "must be 1–64 of A–Z, a–z, 0–9 and _+=,.@-");

export const duration = (least: number, message: string) =>
  text.transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed !== undefined && parsed >= least) return parsed;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** One model: no pattern, no guardrail. */
export const oneModel = model.refine(
  (name) => !name.includes("*") && !name.startsWith("guardrail/"),
  "must be one model: its id, its profile's id or an ARN",
);
