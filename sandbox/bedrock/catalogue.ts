/**
 * Foundation models and system-defined inference profiles: a selection of real ids. Regions are simplified: every region
 * has every model, a geography's profiles all route to the same regions, and a model ends in all regions on one day.
 * Form: "Supported foundation models" and "Supported Regions and models for inference profiles" in the Bedrock user guide.
 */
type Family =
  | "claude"
  | "nova"
  | "llama"
  | "mistral"
  | "deepseek"
  | "openai"
  | "titan-embed"
  | "cohere-embed"
  | "nova-embed"
  | "nova-reel";

export interface FoundationModel {
  id: string;
  name: string;
  provider: string;
  family: Family;
  /** Regions whose endpoints serve the model. */
  regions: readonly string[];
  /** False: callable through an inference profile only. */
  onDemand: boolean;
  input: readonly string[];
  output: readonly string[];
  streaming: boolean;
  /** Whether CountTokens serves it. */
  countable: boolean;
  /** Whether it refuses a temperature together with a top_p. */
  oneSampler: boolean;
  /** The day from which it can no longer be called, if known: `2026-10-14`. */
  endOfLife?: string;
}

export interface InferenceProfile {
  /** e.g. `us.anthropic.claude-sonnet-4-20250514-v1:0` */
  id: string;
  name: string;
  model: FoundationModel;
  /** Regions from which it can be called. */
  sources: readonly string[];
  /** Regions it routes to; null for a global profile, which routes anywhere. */
  destinations: readonly string[] | null;
}

const US = ["us-east-1", "us-east-2", "us-west-2"];
const EU = ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"];
const APAC = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
];

export const REGIONS: readonly string[] = [
  ...US,
  "us-west-1",
  "ca-central-1",
  "sa-east-1",
  "eu-west-2",
  ...EU,
  ...APAC,
];

const JP = ["ap-northeast-1", "ap-northeast-3"];

const GEOGRAPHIES = { us: US, eu: EU, apac: APAC, jp: JP } as const;
type Geography = keyof typeof GEOGRAPHIES | "global";

interface Entry {
  model: FoundationModel;
  geographies: Geography[];
}

type Given = Partial<Omit<FoundationModel, "id" | "name" | "provider" | "family">>;

function entry(
  [id, name, provider, family]: [string, string, string, Family],
  geographies: Geography[],
  given: Given = {},
): Entry {
  const endOfLife = ENDS_OF_LIFE[id];
  const facts = { regions: REGIONS, onDemand: true, input: ["TEXT"], output: ["TEXT"], streaming: true };
  return {
    model: {
      id,
      name,
      provider,
      family,
      countable: false,
      oneSampler: false,
      ...facts,
      ...(endOfLife && { endOfLife }),
      ...given,
    },
    geographies,
  };
}

/** The catalogue's day: its newest model existed, and none had ended. */
export const CATALOGUE_DATE = "2026-02-20";

/** Source: "Model lifecycle" in the Bedrock user guide, and AWS's announcements. Others have no date yet. */
const ENDS_OF_LIFE: Readonly<Record<string, string>> = {
  "anthropic.claude-3-5-sonnet-20240620-v1:0": "2026-03-01",
  "anthropic.claude-3-5-sonnet-20241022-v2:0": "2026-03-01",
  "anthropic.claude-3-7-sonnet-20250219-v1:0": "2026-04-28",
  "anthropic.claude-3-5-haiku-20241022-v1:0": "2026-06-19",
  "anthropic.claude-3-haiku-20240307-v1:0": "2026-09-10",
  "anthropic.claude-sonnet-4-20250514-v1:0": "2026-10-14",
  "anthropic.claude-opus-4-1-20250805-v1:0": "2027-01-08",
  "meta.llama3-1-8b-instruct-v1:0": "2027-03-30",
  "meta.llama3-1-70b-instruct-v1:0": "2027-03-30",
  "meta.llama3-3-70b-instruct-v1:0": "2027-03-30",
  "mistral.mistral-7b-instruct-v0:2": "2027-03-30",
  "deepseek.r1-v1:0": "2027-03-30",
  "anthropic.claude-sonnet-4-5-20250929-v1:0": "2027-04-08",
};

const MULTIMODAL: Given = { input: ["TEXT", "IMAGE"] };
const PROFILE_ONLY: Given = { input: ["TEXT", "IMAGE"], onDemand: false, countable: true };
const ONE_SAMPLER: Given = { ...PROFILE_ONLY, oneSampler: true };
const EMBEDDING: Given = { output: ["EMBEDDING"], streaming: false };

const claude = (id: string, name: string, geographies: Geography[], given: Given): Entry =>
  entry([`anthropic.${id}`, name, "Anthropic", "claude"], geographies, given);
const nova = (id: string, name: string, given: Given): Entry =>
  entry([`amazon.${id}`, name, "Amazon", "nova"], ["us", "eu", "apac"], given);

const ENTRIES: readonly Entry[] = [
  claude("claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", ["us", "eu", "apac"], MULTIMODAL),
  claude("claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", ["us", "eu", "apac"], {
    ...MULTIMODAL,
    countable: true,
  }),
  claude("claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", ["us", "apac"], {
    ...MULTIMODAL,
    countable: true,
  }),
  claude("claude-3-5-haiku-20241022-v1:0", "Claude 3.5 Haiku", ["us"], PROFILE_ONLY),
  claude("claude-3-7-sonnet-20250219-v1:0", "Claude 3.7 Sonnet", ["us", "eu", "apac"], PROFILE_ONLY),
  claude("claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", ["us", "eu", "apac", "global"], PROFILE_ONLY),
  claude("claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", ["us", "eu", "jp", "global"], ONE_SAMPLER),
  claude("claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", ["us", "eu", "jp", "global"], ONE_SAMPLER),
  claude("claude-opus-4-1-20250805-v1:0", "Claude Opus 4.1", ["us"], PROFILE_ONLY),
  claude("claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", ["us", "eu", "global"], ONE_SAMPLER),
  claude("claude-opus-4-6-v1", "Claude Opus 4.6", ["us", "eu", "global"], ONE_SAMPLER),
  claude("claude-sonnet-4-6", "Claude Sonnet 4.6", ["us", "eu", "jp", "global"], ONE_SAMPLER),
  nova("nova-micro-v1:0", "Nova Micro", {}),
  nova("nova-lite-v1:0", "Nova Lite", { input: ["TEXT", "IMAGE", "VIDEO"] }),
  nova("nova-pro-v1:0", "Nova Pro", { input: ["TEXT", "IMAGE", "VIDEO"] }),
  entry(["amazon.nova-2-lite-v1:0", "Nova 2 Lite", "Amazon", "nova"], ["us", "eu", "jp", "global"], {
    input: ["TEXT", "IMAGE", "VIDEO"],
  }),
  entry(["amazon.nova-reel-v1:0", "Nova Reel", "Amazon", "nova-reel"], [], {
    output: ["VIDEO"],
    streaming: false,
  }),
  entry(["meta.llama3-1-8b-instruct-v1:0", "Llama 3.1 8B Instruct", "Meta", "llama"], ["us"]),
  entry(["meta.llama3-1-70b-instruct-v1:0", "Llama 3.1 70B Instruct", "Meta", "llama"], ["us"]),
  entry(["meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B Instruct", "Meta", "llama"], ["us"], {
    onDemand: false,
  }),
  entry(["mistral.mistral-7b-instruct-v0:2", "Mistral 7B Instruct", "Mistral AI", "mistral"], []),
  entry(["mistral.mistral-large-2402-v1:0", "Mistral Large (24.02)", "Mistral AI", "mistral"], []),
  entry(["deepseek.r1-v1:0", "DeepSeek-R1", "DeepSeek", "deepseek"], ["us"], { onDemand: false }),
  entry(["openai.gpt-oss-20b-1:0", "gpt-oss-20b", "OpenAI", "openai"], []),
  entry(["openai.gpt-oss-120b-1:0", "gpt-oss-120b", "OpenAI", "openai"], []),
  entry(["amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon", "titan-embed"], [], EMBEDDING),
  entry(
    ["amazon.nova-2-multimodal-embeddings-v1:0", "Nova Multimodal Embeddings", "Amazon", "nova-embed"],
    [],
    { ...EMBEDDING, input: ["TEXT", "IMAGE", "AUDIO", "VIDEO"] },
  ),
  entry(["cohere.embed-english-v3", "Embed English", "Cohere", "cohere-embed"], [], EMBEDDING),
  entry(["cohere.embed-multilingual-v3", "Embed Multilingual", "Cohere", "cohere-embed"], [], EMBEDDING),
  entry(["cohere.embed-v4:0", "Embed v4", "Cohere", "cohere-embed"], ["us", "eu", "global"], EMBEDDING),
];

export const MODELS: readonly FoundationModel[] = ENTRIES.map(({ model }) => model);

export const PROFILES: readonly InferenceProfile[] = ENTRIES.flatMap(({ model, geographies }) =>
  geographies.map((geography) => profileOf(model, geography)),
);

function profileOf(model: FoundationModel, geography: Geography): InferenceProfile {
  const regions = geography === "global" ? null : GEOGRAPHIES[geography];
  return {
    id: `${geography}.${model.id}`,
    name: `${geography === "global" ? "Global" : geography.toUpperCase()} ${model.provider} ${model.name}`,
    model,
    sources: regions ?? model.regions,
    destinations: regions,
  };
}

const MODELS_BY_ID = new Map(MODELS.map((model) => [model.id, model]));
const PROFILES_BY_ID = new Map(PROFILES.map((profile) => [profile.id, profile]));

/** The model in `region`; undefined if that region doesn't serve it. */
export function findModel(id: string, region: string): FoundationModel | undefined {
  const model = MODELS_BY_ID.get(id);
  return model?.regions.includes(region) ? model : undefined;
}

/** The profile in `region`; undefined if it can't be called from there. */
export function findProfile(id: string, region: string): InferenceProfile | undefined {
  const profile = PROFILES_BY_ID.get(id);
  return profile?.sources.includes(region) ? profile : undefined;
}
