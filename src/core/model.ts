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

/*
 * An id's form alone doesn't say whether it is a profile's (`<geography>.<vendor>.<model>`): `deepseek.v3.1` and
 * `zai.glm-4.7` are foundation models. It is if it begins with a known geography, or with an unknown word before a known
 * vendor: AWS adds geographies (`in.`) and vendors, seldom both together, and for that there is `aws.geographies`.
 */

/** Of system-defined inference profiles. Source: facts/catalogue.json, which a test compares. */
export const GEOGRAPHIES: readonly string[] = [
  "us",
  "us-gov",
  "eu",
  "apac",
  "jp",
  "au",
  "ca",
  "in",
  "global",
];

/** The first part of foundation models' ids. Source: facts/catalogue.json, which a test compares. */
export const VENDORS: readonly string[] = [
  "ai21",
  "amazon",
  "anthropic",
  "cohere",
  "deepseek",
  "google",
  "luma",
  "meta",
  "minimax",
  "mistral",
  "moonshot",
  "moonshotai",
  "nvidia",
  "openai",
  "qwen",
  "stability",
  "twelvelabs",
  "writer",
  "xai",
  "zai",
];

const vendors = new Set(VENDORS);
const geographies = new Set(GEOGRAPHIES);

/** Adds the operator's geographies to the known ones, in place of those added before. For the whole process. */
export function nameGeographies(names: readonly string[] = []): void {
  geographies.clear();
  for (const name of [...GEOGRAPHIES, ...names]) geographies.add(name);
}

const WORD = /^[a-z][a-z0-9-]{0,30}$/;

/** The id's geography, or undefined if it is a foundation model's. `id` may be a pattern with a literal beginning. */
export function geographyOf(id: string): string | undefined {
  const end = id.indexOf(".");
  const first = id.slice(0, Math.max(0, end));
  if (geographies.has(first)) return first;
  if (vendors.has(first) || !WORD.test(first)) return undefined;
  const second = id.slice(end + 1, id.indexOf(".", end + 1));
  return vendors.has(second) ? first : undefined;
}

/** Whether an id, or a pattern, names system-defined (geographic or global) inference profiles only. */
export function isProfileId(id: string): boolean {
  return geographyOf(id) !== undefined;
}

/**
 * The patterns of the foundation models behind the profiles that a pattern with `*` may match, where its beginning
 * doesn't name one geography: `*.anthropic.*` → `anthropic.*`, `*claude*` → `*claude*`. None if it can match no profile.
 */
export function modelsBehind(pattern: string): string[] {
  const star = pattern.indexOf("*");
  const dot = pattern.indexOf(".");
  if (dot >= 0 && dot < star) return vendors.has(pattern.slice(0, dot)) ? [] : [pattern.slice(dot + 1)];
  const literal = pattern.slice(0, star);
  const begins = (word: string) => word.startsWith(literal);
  if (VENDORS.some(begins) && ![...geographies].some(begins)) return [];
  const rest = pattern.slice(star);
  const afterDot = rest.slice(rest.indexOf(".") + 1);
  if (!rest.includes(".")) return [rest];
  // What is before the dot may be the geography's end, or all of it be within the model's id.
  return vendors.has(afterDot.slice(0, Math.max(0, afterDot.indexOf(".")))) ? [afterDot] : [afterDot, rest];
}

/** The foundation-model id, or pattern, behind a system-defined profile's; a foundation model's is unchanged. */
export function foundationModelOf(id: string): string {
  const geography = geographyOf(id);
  return geography === undefined ? id : id.slice(geography.length + 1);
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

/**
 * Whether a grant's `pattern` covers a model or guardrail: a pattern that begins with `arn:` is compared with its ARN,
 * any other with its name. `*` alone covers everything; of what only an ARN names, other patterns cover nothing.
 */
export function coversName(pattern: string, name: string, arn: string | null): boolean {
  if (pattern.startsWith("arn:")) return matchesPattern(pattern, arn ?? name);
  if (pattern === "*") return true;
  const isOther =
    name.startsWith("arn:") || name.startsWith("guardrail/") !== pattern.startsWith("guardrail/");
  return !isOther && matchesPattern(pattern, name);
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
