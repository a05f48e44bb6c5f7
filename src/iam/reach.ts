/**
 * What a grant's model pattern means in ARNs: what a call names, and which foundation models it then reaches.
 * Source: the service authorization reference of Amazon Bedrock; "Prerequisites for inference profiles".
 */
import { foundationModelOf, geographyOf, modelsBehind, type Place } from "../core/model.ts";
import { arnIn, arnWithin, foundationModelArn } from "./arns.ts";
import { isGuardrail } from "./guardrails.ts";

export interface Reach {
  kind: "foundation-model" | "profile" | "router" | "other";
  /** The ARN, or ARN pattern, that a call names. */
  arn: string;
  /** Profiles and routers: patterns of the ids of the models behind. */
  behind: string[];
  /** Profiles: `global` for any region, `""` if unknown. */
  geography: string;
}

/**
 * Geographies whose profiles stay within some regions, as patterns. Others (`ca`, those that AWS adds) may route beyond
 * theirs. The source region may lie elsewhere.
 */
const REGIONS_OF: Record<string, string[]> = {
  us: ["us-*"],
  "us-gov": ["us-gov-*"],
  eu: ["eu-*"],
  apac: ["ap-*", "me-central-1"],
  jp: ["ap-*"],
  au: ["ap-*"],
  in: ["ap-*"],
};

const OTHERS = ["provisioned-model", "custom-model", "custom-model-deployment", "imported-model"];

/** `place.region` is the region that the calls go to. Guardrails are not models: nothing is reached. */
export function reachesOf(pattern: string, place: Place): Reach[] {
  const own = (type: string, id: string) => arnIn(place, `${type}/${id}`);
  if (isGuardrail(pattern)) return [];
  if (pattern.startsWith("arn:")) {
    const arn = arnWithin(pattern, place);
    return arn === undefined ? [] : [ofArn(arn)];
  }
  const geography = geographyOf(pattern);
  if (geography !== undefined)
    return [profile(own("inference-profile", pattern), [foundationModelOf(pattern)], geography)];
  const model = foundation(foundationModelArn(place, place.region, pattern));
  const behind = pattern.includes("*") ? modelsBehind(pattern) : [];
  if (behind.length === 0) return [model];
  const system = profile(own("inference-profile", pattern), behind);
  if (pattern !== "*") return [model, system];
  return [
    model,
    system,
    profile(own("application-inference-profile", "*"), ["*"]),
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
  if (type === "inference-profile") return ofSystemProfile(arn, resource.slice(slash + 1));
  // Its ARN doesn't say what is behind it.
  if (type === "application-inference-profile") return profile(arn, ["*"]);
  return type.endsWith("prompt-router") ? router(arn) : other(arn);
}

function ofSystemProfile(arn: string, id: string): Reach {
  const geography = geographyOf(id);
  if (geography !== undefined) return profile(arn, [foundationModelOf(id)], geography);
  return profile(arn, id.includes("*") ? modelsBehind(id) : ["*"]);
}

function profile(arn: string, behind: string[], geography = ""): Reach {
  return { kind: "profile", arn, behind, geography };
}

function foundation(arn: string): Reach {
  return { kind: "foundation-model", arn, behind: [], geography: "" };
}

function router(arn: string): Reach {
  return { kind: "router", arn, behind: ["*"], geography: "" };
}

function other(arn: string): Reach {
  return { kind: "other", arn, behind: [], geography: "" };
}

/** Regions that a geography's profiles route to, as patterns for an ARN. */
export function regionsOf(geography: string): string[] {
  return REGIONS_OF[geography] ?? ["*"];
}

/** Whether a profile of this geography may be a global one. */
export function mayBeGlobal(geography: string): boolean {
  return geography === "global" || geography === "";
}

/** Whether the models behind are known from the profile's id: an application profile's ARN says nothing of them. */
export function isSystemProfile({ kind, arn }: Reach): boolean {
  return kind === "profile" && arn.includes(":inference-profile/");
}
