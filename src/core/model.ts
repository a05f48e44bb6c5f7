/**
 * Model names as callers send them, read into one canonical form.
 *
 * A name is a foundation-model id (`anthropic.claude-sonnet-4-5-20250929-v1:0`), an inference-profile id
 * (`us.anthropic.…`, `global.…`) or a whole ARN of either, or of an application profile, provisioned, custom or
 * imported model or prompt router. Source: Bedrock's InvokeModel `modelId` and the service authorization reference.
 */
export interface ModelName {
  /** What grants are matched against: the id for foundation models and system profiles, else the ARN. */
  name: string;
  /** The exact string that goes to Bedrock. */
  modelId: string;
  arn: string;
  /** Set if the caller sent an ARN: it must agree with the delegation. */
  region?: string;
  account?: string;
}

/** Where the delegation's calls are made. */
export interface Place {
  partition: string;
  region: string;
  account: string;
}

const ID = /^[a-z0-9][A-Za-z0-9.:_-]{1,254}$/;
const ARN =
  /^arn:(aws(?:-[a-z-]+)?):bedrock:([a-z0-9-]{0,40}):([0-9]{12})?:([a-z-]{1,40})\/([A-Za-z0-9][A-Za-z0-9.:_-]{0,254}(?:\/[A-Za-z0-9][A-Za-z0-9.:_-]{0,254})?)$/;
const PROFILE_GEOGRAPHIES = ["us", "us-gov", "eu", "apac", "jp", "au", "ca", "sa", "me", "af", "global"];
const PROFILE_PREFIX = new RegExp(`^(?:${PROFILE_GEOGRAPHIES.join("|")})\\.(?=[a-z0-9]+\\.)`);

const MODEL_RESOURCES = new Set([
  "foundation-model",
  "inference-profile",
  "application-inference-profile",
  "provisioned-model",
  "custom-model",
  "custom-model-deployment",
  "imported-model",
  "prompt-router",
  "default-prompt-router",
]);

/** Whether an id names a system-defined (geographic or global) inference profile rather than a foundation model. */
export function isProfileId(id: string): boolean {
  return PROFILE_PREFIX.test(id);
}

/** Whether a pattern with `*` in it can match the id of a system-defined inference profile. */
export function canMatchProfile(pattern: string): boolean {
  const [literal = ""] = pattern.split("*");
  return PROFILE_GEOGRAPHIES.some(
    (geography) => literal.startsWith(`${geography}.`) || `${geography}.`.startsWith(literal),
  );
}

/** The foundation-model id behind a system-defined profile id. */
export function foundationModelOf(profileId: string): string {
  return profileId.replace(PROFILE_PREFIX, "");
}

/** Reads a decoded model name; undefined if it is neither an id nor a Bedrock model ARN. */
export function parseModelName(text: string, place: Place): ModelName | undefined {
  if (text.startsWith("arn:")) return parseArn(text);
  if (!ID.test(text)) return undefined;
  return { name: text, modelId: text, arn: arnOfId(text, place) };
}

function parseArn(text: string): ModelName | undefined {
  const match = ARN.exec(text);
  if (!match) return undefined;
  const [, , region = "", account, type = "", id = ""] = match;
  if (!MODEL_RESOURCES.has(type)) return undefined;
  const known = type === "foundation-model" || type === "inference-profile";
  return {
    name: known ? id : text,
    modelId: text,
    arn: text,
    region,
    ...(account === undefined ? {} : { account }),
  };
}

function arnOfId(id: string, { partition, region, account }: Place): string {
  return isProfileId(id)
    ? `arn:${partition}:bedrock:${region}:${account}:inference-profile/${id}`
    : `arn:${partition}:bedrock:${region}::foundation-model/${id}`;
}

/** Whether `value` is `pattern`, where `*` in the pattern matches any run of characters. Linear in both. */
export function matchesPattern(pattern: string, value: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === value;
  const first = pattern.slice(0, star);
  // Nearly every pattern of a grant is like this, and each call compares several.
  if (star === pattern.length - 1) return value.startsWith(first);
  const parts = pattern.split("*");
  const last = parts[parts.length - 1] ?? "";
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last))
    return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= value.length - last.length;
}
