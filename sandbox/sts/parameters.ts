/**
 * Parameters of AssumeRole and GetScopedCredentials, validated as STS does, with its messages.
 * Source: the STS API reference, version 2011-06-15.
 */
import { deflateRawSync } from "node:zlib";
import { AwsError } from "../errors.ts";

export interface AssumeRoleParameters {
  roleArn: string;
  roleSessionName: string;
  externalId: string | null;
  durationSeconds: number;
  policy: string | null;
  policyArns: string[];
  tags: Record<string, string>;
  transitiveTagKeys: string[];
  sourceIdentity: string | null;
}

interface Rule {
  min: number;
  max: number;
  pattern?: RegExp;
}

const RULES = {
  RoleArn: { min: 20, max: 2048 },
  RoleSessionName: { min: 2, max: 64, pattern: /^[\w+=,.@-]*$/ },
  ExternalId: { min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/ },
  SourceIdentity: { min: 2, max: 256, pattern: /^[\w+=,.@-]*$/ },
  Policy: { min: 1, max: 2048 },
  ScopedSessionDescription: { min: 2, max: 256, pattern: /^[\t\n\r\x20-\x7e\xa1-\xff]*$/ },
} as const satisfies Record<string, Rule>;

const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const MAX_TAGS = 50;
const MAX_POLICY_ARNS = 10;
/** STS packs policies and tags into a secret format; this size of deflated text replaces its limit. */
const PACKED_LIMIT_BYTES = 2048;

export function parseAssumeRole(form: URLSearchParams): AssumeRoleParameters {
  const roleArn = required(form, "RoleArn");
  if (!/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) throw invalid(`${roleArn} is invalid`);
  const policyArns = list(form, "PolicyArns", "arn");
  if (policyArns.length > MAX_POLICY_ARNS) throw invalid(`Member must have length less than or equal to 10`);
  const policy = optional(form, "Policy");
  const sourceIdentity = optional(form, "SourceIdentity");
  if (sourceIdentity?.toLowerCase().startsWith("aws:"))
    throw invalid("SourceIdentity must not start with 'aws:'.");
  const tags = parseTags(form);
  const transitiveTagKeys = list(form, "TransitiveTagKeys", "");
  const unknown = transitiveTagKeys.find((key) => tags[key] === undefined);
  if (unknown !== undefined) throw invalid(`Transitive tag key ${unknown} is not among the tags.`);
  if ((policy ?? "").length + policyArns.join("").length > RULES.Policy.max)
    throw tooLong("policy", RULES.Policy.max);
  return {
    roleArn,
    roleSessionName: required(form, "RoleSessionName"),
    externalId: optional(form, "ExternalId"),
    durationSeconds: parseDuration(form),
    policy,
    policyArns,
    tags,
    transitiveTagKeys,
    sourceIdentity,
  };
}

export interface ScopedParameters {
  policy: string | null;
  durationSeconds: number | null;
}

export function parseScoped(form: URLSearchParams): ScopedParameters {
  optional(form, "ScopedSessionDescription");
  const text = form.get("DurationSeconds");
  return {
    policy: optional(form, "Policy"),
    durationSeconds: text === null ? null : seconds(text, { min: 1, max: 129_600 }),
  };
}

export function packedPolicySize({ policy, policyArns, tags }: AssumeRoleParameters): number {
  return packedSize([policy ?? "", ...policyArns, ...Object.entries(tags).flat()]);
}

/** Percentage of STS's packed limit; above 100 the request is refused. */
export function packedSize(texts: readonly string[]): number {
  const text = texts.join("");
  if (text === "") return 0;
  const percent = Math.ceil((100 * deflateRawSync(text).length) / PACKED_LIMIT_BYTES);
  if (percent > 100) {
    throw new AwsError(
      "PackedPolicyTooLarge",
      400,
      `Serialized token too large for session: packed policy and tags consume ${percent}% of the allotted space.`,
    );
  }
  return percent;
}

function parseDuration(form: URLSearchParams): number {
  const text = form.get("DurationSeconds");
  return text === null ? 3600 : seconds(text, { min: 900, max: 43_200 });
}

function seconds(text: string, { min, max }: Rule): number {
  if (!/^\d+$/.test(text)) throw invalid(`Value '${text}' at 'durationSeconds' is not an integer`);
  const value = Number(text);
  if (value < min)
    throw constraint(text, "durationSeconds", `Member must have value greater than or equal to ${min}`);
  if (value > max)
    throw constraint(text, "durationSeconds", `Member must have value less than or equal to ${max}`);
  return value;
}

function parseTags(form: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = Object.create(null) as Record<string, string>;
  const seen = new Set<string>();
  for (let i = 1; form.has(`Tags.member.${i}.Key`); i++) {
    const key = form.get(`Tags.member.${i}.Key`) ?? "";
    const value = form.get(`Tags.member.${i}.Value`) ?? "";
    if (!TAG_KEY.test(key))
      throw constraint(key, `tags.${i}.member.key`, "Member must satisfy the tag key pattern");
    if (!TAG_VALUE.test(value)) {
      throw constraint(value, `tags.${i}.member.value`, "Member must satisfy the tag value pattern");
    }
    if (key.toLowerCase().startsWith("aws:")) throw invalid(`Tag key ${key} uses the reserved prefix aws:`);
    if (seen.has(key.toLowerCase()))
      throw invalid("Duplicate tag keys found. Tag keys are case insensitive.");
    seen.add(key.toLowerCase());
    tags[key] = value;
  }
  if (seen.size > MAX_TAGS) {
    throw constraint("tags", "tags", `Member must have length less than or equal to ${MAX_TAGS}`);
  }
  return tags;
}

function list(form: URLSearchParams, name: string, field: string): string[] {
  const values: string[] = [];
  for (let i = 1; ; i++) {
    const value = form.get(field === "" ? `${name}.member.${i}` : `${name}.member.${i}.${field}`);
    if (value === null) return values;
    values.push(value);
  }
}

function required(form: URLSearchParams, name: keyof typeof RULES): string {
  const value = optional(form, name);
  if (value === null) {
    throw invalid(
      `1 validation error detected: Value null at '${camel(name)}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
}

function optional(form: URLSearchParams, name: keyof typeof RULES): string | null {
  const value = form.get(name);
  if (value === null) return null;
  const rule: Rule = RULES[name];
  if (value.length < rule.min) {
    throw constraint(value, camel(name), `Member must have length greater than or equal to ${rule.min}`);
  }
  if (value.length > rule.max) throw tooLong(camel(name), rule.max);
  if (rule.pattern !== undefined && !rule.pattern.test(value)) {
    const pattern = rule.pattern.source.slice(1, -1);
    throw constraint(value, camel(name), `Member must satisfy regular expression pattern: ${pattern}`);
  }
  return value;
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function tooLong(field: string, max: number): AwsError {
  return constraint("", field, `Member must have length less than or equal to ${max}`);
}

function constraint(value: string, field: string, rule: string): AwsError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${rule}`,
  );
}

export function invalid(message: string): AwsError {
  return new AwsError("ValidationError", 400, message);
}
