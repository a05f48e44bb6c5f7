/**
 * What a grant's model pattern means in ARNs: what a call names, and which foundation models it then reaches.
 * Source: the service authorization reference of Amazon Bedrock; "Prerequisites for inference profiles".
 */
import { canMatchProfile, foundationModelOf, isProfileId, type Place } from "../core/model.ts";
import { arnIn, arnWithin, foundationModelArn } from "./arns.ts";

export interface Reach {
  kind: "foundation-model" | "profile" | "router" | "other";
  /** The ARN, or ARN pattern, that a call names. */
  arn: string;
  /** Profiles and routers: pattern of the ids of the models behind. */
  behind: string;
  /** Profiles: regions that they may route to, as a pattern; `global` for any, `""` if unknown. */
  geography: string;
}

/** Geographies whose profiles stay within regions of one prefix. Others (`ca`, `sa`, …) may route beyond theirs. */
const REGIONS_OF: Record<string, string> = {
  us: "us-*",
  "us-gov": "us-gov-*",
  eu: "eu-*",
  apac: "ap-*",
  jp: "ap-*",
  au: "ap-*",
};

const OTHERS = ["provisioned-model", "custom-model", "custom-model-deployment", "imported-model"];

/** `place.region` is the region that the calls go to. Guardrails are not models: nothing is reached. */
export function reachesOf(pattern: string, place: Place): Reach[] {
  const own = (type: string, id: string) => arnIn(place, `${type}/${id}`);
  if (pattern.startsWith("guardrail/") || pattern.includes(":guardrail/")) return [];
  if (pattern.startsWith("arn:")) {
    const arn = arnWithin(pattern, place);
    return arn === undefined ? [] : [ofArn(arn)];
  }
  if (isProfileId(pattern)) return [profile(own("inference-profile", pattern), pattern)];
  const model = foundation(foundationModelArn(place, place.region, pattern));
  if (!pattern.includes("*") || !canMatchProfile(pattern)) return [model];
  const system = profile(own("inference-profile", pattern), pattern);
  if (pattern !== "*") return [model, system];
  return [
    model,
    system,
    profile(own("application-inference-profile", "*"), ""),
    router(own("prompt-router", "*")),
    router(own("default-prompt-router", "*")),
    ...OTHERS.map((type) => other(own(type, "*"))),
  ];
}

function ofArn(arn: string): Reach {
  const resource = arn.split(":").slice(5).join(":");
  const slash = resource.indexOf("/");
  const type = resource.slice(0, slash);
  if (type === "foundation-model") return foundation(arn);
  if (type === "inference-profile") return profile(arn, resource.slice(slash + 1));
  if (type === "application-inference-profile") return profile(arn, "");
  return type.endsWith("prompt-router") ? router(arn) : other(arn);
}

/** `id` is the system-defined profile's; an application profile's doesn't say what is behind it. */
function profile(arn: string, id: string): Reach {
  const known = isProfileId(id);
  const behind = known ? foundationModelOf(id) : "*";
  return { kind: "profile", arn, behind, geography: known ? id.slice(0, id.length - behind.length - 1) : "" };
}

function foundation(arn: string): Reach {
  return { kind: "foundation-model", arn, behind: "", geography: "" };
}

function router(arn: string): Reach {
  return { kind: "router", arn, behind: "*", geography: "" };
}

function other(arn: string): Reach {
  return { kind: "other", arn, behind: "", geography: "" };
}

/** Regions that a geography's profiles route to, as a pattern for an ARN. */
export function regionsOf(geography: string): string {
  return REGIONS_OF[geography] ?? "*";
}

/** Whether a profile of this geography may be a global one. */
export function mayBeGlobal(geography: string): boolean {
  return geography === "global" || geography === "";
}
