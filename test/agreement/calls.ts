/** Random delegations, clients and calls; a seed gives the same ones again. */
import { MODELS, PROFILES } from "../../src/bedrock/catalogue.ts";
import { DEFAULT_ROLE, type Client, type Delegation, type Grant } from "../../src/core/delegation.ts";
import type { Operation } from "../../src/core/operations.ts";
import type { Setting } from "../../src/core/settings.ts";
import { ACCOUNT, delegation } from "../../src/iam/fixtures.ts";
import { arnWithin } from "../../src/iam/arns.ts";
import { grantsOf } from "../../src/iam/intersect.ts";

export interface Call {
  operation: Operation;
  /** A model's or profile's id or ARN, `gr1`, or `""` for operations without either. */
  subject: string;
  /** Where the call is made. */
  region: string;
  /** Named by the caller, besides the delegation's own. */
  project?: string;
  guardrail?: string;
}

export interface Pair {
  delegation: Delegation;
  client: Client;
}

const COMMERCIAL = [
  "us-east-1",
  "us-west-2",
  "eu-central-1",
  "ap-northeast-1",
  "ap-south-1",
  "ap-southeast-2",
];

const GOV = ["us-gov-west-1", "us-gov-east-1"];

const isGov = (region: string) => region.startsWith("us-gov-");

/** Of the same partition. */
const regionsLike = (region: string) => (isGov(region) ? GOV : COMMERCIAL);

/** A model has no region where a global profile reaches it: only in `aws`. */
export function partitionOf(region: string): string {
  return isGov(region) ? "aws-us-gov" : "aws";
}

export function ownArn(region: string, resource: string): string {
  return `arn:${partitionOf(region)}:bedrock:${region}:${ACCOUNT}:${resource}`;
}

export function modelArn(region: string, id: string): string {
  return `arn:${partitionOf(region)}:bedrock:${region}::foundation-model/${id}`;
}

/** Resources of the account that only an ARN names, in every region. */
export const OWN = [
  "application-inference-profile/app1",
  "provisioned-model/p1",
  "imported-model/i1",
  "custom-model-deployment/d1",
  "prompt-router/r1",
] as const;

/** One of each kind of name, and of each geography. */
const FOUNDATION = MODELS.filter(({ id }) =>
  /claude-(?:haiku|sonnet)|deepseek|nova-(?:lite|pro)|kimi|gpt-5\.5|glm/.test(id),
).map(({ id }) => id);
const SYSTEM = PROFILES.filter(
  ({ geography, routes }) => ["global", "us-gov"].includes(geography) || routes !== undefined,
);

/** The ids of profiles that some region of the partition has. */
function profilesLike(region: string): string[] {
  return SYSTEM.filter(({ geography }) => (geography === "us-gov") === isGov(region)).map(({ id }) => id);
}

const PATTERNS = [
  "*",
  "us.*",
  "eu.*",
  "jp.*",
  "in.*",
  "global.*",
  "us-gov.*",
  "u*",
  "us.anthropic.*",
  "us.meta.*",
  "apac.anthropic.claude-*",
  "*.anthropic.*",
  "*claude*",
  "*.v3*",
  "anthropic.*",
  "anthropic.claude-haiku-*",
  "deepseek.*",
  "*sonnet*",
  "arn:aws:bedrock:*:*:inference-profile/us.*",
  "arn:aws:bedrock:*:*:inference-profile/*.anthropic.*",
  `arn:aws:bedrock:us-*:${ACCOUNT}:application-inference-profile/*`,
  "arn:aws:bedrock:us-east-1::foundation-model/anthropic.*",
  "guardrail/gr1",
];

const INFERENCE: Operation[] = ["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"];
const OTHERS: Operation[] = [
  "CountTokens",
  "StartAsyncInvoke",
  "GetAsyncInvoke",
  "ListAsyncInvokes",
  "InvokeGuardrailChecks",
  "ApplyGuardrail",
  "ListFoundationModels",
  "GetFoundationModel",
  "ListInferenceProfiles",
  "GetInferenceProfile",
];
const SETTINGS: Setting[] = ["projectIdentifier", "guardrailConfig", "trace"];

/** A generator of pseudorandom choices: mulberry32. */
export class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  one<T>(from: readonly [T, ...T[]] | readonly T[]): T {
    return from[Math.floor(this.next() * from.length)] as T;
  }

  /** One to `most`, each once. */
  some<T>(from: readonly T[], most: number): T[] {
    const count = 1 + Math.floor(this.next() * most);
    return [...new Set(Array.from({ length: count }, () => this.one(from)))];
  }
}

export function randomPair(choices: Choices): Pair {
  const region = choices.one(choices.chance(0.9) ? COMMERCIAL : GOV);
  const guarded = choices.chance(0.1);
  const granted = grants(choices, region, guarded);
  const given = delegation({
    partition: partitionOf(region),
    region,
    grants: granted,
    role: {
      ...DEFAULT_ROLE,
      ...(guarded ? { requiredGuardrail: "gr1:2" } : {}),
      ...(choices.chance(0.2) ? { project: "proj_own" } : {}),
      asyncOutput: "answers/reel",
    },
  });
  const own = choices.chance(0.6) ? null : grants(choices, region, guarded);
  return {
    delegation: given,
    client: { name: "app", delegations: [{ delegation: given.name, grants: own }], createdAt: 0 },
  };
}

/** Grants of a delegation with a required guardrail are in its own region: see `registry/rules.ts`. */
function grants(choices: Choices, region: string, guarded: boolean): Grant[] {
  return Array.from({ length: 1 + Math.floor(choices.next() * 3) }, () => {
    const regions = guarded
      ? [region]
      : [...new Set([...(choices.chance(0.9) ? [region] : []), ...choices.some(regionsLike(region), 2)])];
    const models = choices.chance(0.25)
      ? choices.some(profilesLike(region), 9)
      : choices.some([...PATTERNS, ...exactNames(choices, region)], 4);
    return {
      operations: operations(choices),
      // An ARN pattern of another region means nothing, and is refused: see `iam/checks.ts`.
      models: models.map((each) => (isWithin(each, regions) ? each : "us*.*")),
      regions,
      settings: choices.chance(0.3) ? choices.some(SETTINGS, 2) : [],
    };
  });
}

function isWithin(model: string, regions: readonly string[]): boolean {
  const isHere = (region: string) =>
    arnWithin(model, { partition: partitionOf(region), account: ACCOUNT, region }) !== undefined;
  return !model.startsWith("arn:") || regions.some(isHere);
}

function operations(choices: Choices): Grant["operations"] {
  if (choices.chance(0.1)) return ["*"];
  return [...choices.some(INFERENCE, 4), ...(choices.chance(0.4) ? choices.some(OTHERS, 3) : [])];
}

function exactNames(choices: Choices, region: string): string[] {
  return [
    choices.one(profilesLike(region)),
    choices.one(profilesLike(region)),
    choices.one(FOUNDATION),
    ownArn(region, choices.one(OWN)),
    ownArn(region, `inference-profile/${choices.one(profilesLike(region))}`),
  ];
}

/** Mostly something that delegation and client may both grant, often with one thing changed. */
export function randomCall(choices: Choices, pair: Pair): Call {
  const grant = choices.one(grantsOf(pair.delegation, pair.client).concat(pair.delegation.grants));
  const granted = grant.operations.filter((operation) => operation !== "*");
  const operation =
    granted.length > 0 && choices.chance(0.85)
      ? choices.one(granted)
      : choices.one([...INFERENCE, ...OTHERS]);
  const home = choices.chance(0.85)
    ? choices.one(grant.regions)
    : choices.one(regionsLike(pair.delegation.region));
  const named = subjectOf(operation, choices, grant, profilesLike(pair.delegation.region));
  const { region, subject } = placed(named, home, pair.delegation.region);
  const isGuarded = pair.delegation.role.requiredGuardrail !== undefined;
  return {
    operation,
    region,
    subject,
    ...(choices.chance(0.1) && INFERENCE.includes(operation) ? { project: "proj_other" } : {}),
    ...(choices.chance(isGuarded ? 0.7 : 0.05) && INFERENCE.includes(operation)
      ? { guardrail: choices.one(["gr1", "gr2"]) }
      : {}),
  };
}

function subjectOf(operation: Operation, choices: Choices, grant: Grant, profiles: string[]): string {
  switch (operation) {
    case "ApplyGuardrail":
      return choices.one(["gr1", "gr2"]);
    case "GetAsyncInvoke":
      return "async-invoke/a1";
    case "InvokeGuardrailChecks":
    case "ListAsyncInvokes":
    case "ListFoundationModels":
    case "ListInferenceProfiles":
      return "";
    case "GetInferenceProfile":
      return nearly(grant, choices, profiles);
    case "StartAsyncInvoke":
    case "GetFoundationModel":
      return nearly(grant, choices, FOUNDATION);
    case "CountTokens":
      return nearly(grant, choices, [...FOUNDATION, ...profiles]);
    default:
      return nearly(grant, choices, [...FOUNDATION, ...profiles, ...OWN]);
  }
}

/** A name that begins or ends as one of the grant's patterns does, if there is one; sometimes any. */
function nearly({ models }: Grant, choices: Choices, names: readonly string[]): string {
  const pattern = models.length === 0 ? "*" : choices.one(models);
  const [beginning = "", ...rest] = pattern
    .replace(/^arn:[^/]*:(?=[^:]*$)/, "")
    .replace(/^(?:foundation-model|inference-profile)\//, "")
    .split("*");
  const alike = names.filter(
    (name) => name.startsWith(beginning) && rest.every((part) => name.includes(part)),
  );
  return choices.one(alike.length > 0 && choices.chance(0.85) ? alike : names);
}

/** In a region from which AWS lets it be called; by its ARN where that isn't the delegation's own. */
function placed(subject: string, home: string, own: string): { region: string; subject: string } {
  const profile = SYSTEM.find(({ id }) => id === subject);
  const sources = profile && (profile.sources ?? Object.keys(profile.routes ?? {}));
  const region =
    sources === undefined || sources.includes(home)
      ? home
      : (sources.find((each) => each === own) ?? sources[0] ?? home);
  if (OWN.some((name) => name === subject) || subject.startsWith("async-invoke/"))
    return { region, subject: ownArn(region, subject) };
  if (region === own || subject === "") return { region: own, subject };
  if (profile) return { region, subject: ownArn(region, `inference-profile/${subject}`) };
  return subject.startsWith("gr")
    ? { region, subject: ownArn(region, `guardrail/${subject}`) }
    : { region, subject: modelArn(region, subject) };
}
