/**
 * What STS requires of AssumeRole's parameters besides its service model, with its messages.
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

/** AssumeRole's input, once the service model has been checked. */
export interface AssumeRoleInput {
  RoleArn: string;
  RoleSessionName: string;
  ExternalId?: string;
  DurationSeconds?: number;
  Policy?: string;
  PolicyArns?: { arn?: string }[];
  Tags?: { Key: string; Value: string }[];
  TransitiveTagKeys?: string[];
  SourceIdentity?: string;
}

/** What the sandbox reads of GetScopedCredentials' input. */
export interface ScopedInput {
  Policy?: string;
  DurationSeconds?: number;
}

const MAX_POLICY_ARNS = 10;
/** Characters of the policy and the ARNs together: in the prose of the service model, in none of its shapes. */
const MAX_PLAIN_POLICIES = 2048;
const DEFAULT_SECONDS = 3600;
/** STS packs policies and tags into a secret format; this size of deflated text replaces its limit. */
const PACKED_LIMIT_BYTES = 2048;

export function readAssumeRole(input: AssumeRoleInput): AssumeRoleParameters {
  const { RoleArn: roleArn, Policy: policy = null, SourceIdentity: sourceIdentity = null } = input;
  if (!/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) throw invalid(`${roleArn} is invalid`);
  const policyArns = (input.PolicyArns ?? []).flatMap(({ arn }) => arn ?? []);
  if (policyArns.length > MAX_POLICY_ARNS) throw invalid(`Member must have length less than or equal to 10`);
  if (sourceIdentity?.toLowerCase().startsWith("aws:"))
    throw invalid("SourceIdentity must not start with 'aws:'.");
  const tags = readTags(input.Tags ?? []);
  const { TransitiveTagKeys: transitiveTagKeys = [] } = input;
  const unknown = transitiveTagKeys.find((key) => tags[key] === undefined);
  if (unknown !== undefined) throw invalid(`Transitive tag key ${unknown} is not among the tags.`);
  if ((policy ?? "").length + policyArns.join("").length > MAX_PLAIN_POLICIES)
    throw invalid(
      `1 validation error detected: Value '${policy}' at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PLAIN_POLICIES}`,
    );
  return {
    roleArn,
    roleSessionName: input.RoleSessionName,
    externalId: input.ExternalId ?? null,
    durationSeconds: input.DurationSeconds ?? DEFAULT_SECONDS,
    policy,
    policyArns,
    tags,
    transitiveTagKeys,
    sourceIdentity,
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

function readTags(given: { Key: string; Value: string }[]): Record<string, string> {
  const tags: Record<string, string> = Object.create(null) as Record<string, string>;
  const seen = new Set<string>();
  for (const { Key: key, Value: value } of given) {
    if (key.toLowerCase().startsWith("aws:")) throw invalid(`Tag key ${key} uses the reserved prefix aws:`);
    if (seen.has(key.toLowerCase()))
      throw invalid("Duplicate tag keys found. Tag keys are case insensitive.");
    seen.add(key.toLowerCase());
    tags[key] = value;
  }
  return tags;
}

export function invalid(message: string): AwsError {
  return new AwsError("ValidationError", 400, message);
}
