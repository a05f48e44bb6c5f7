/** Every model of the three lists: litellm says what it takes, AWS's own answers where it is, genai-prices its name. */
import type { Offered } from "./bedrock-models.ts";
import type { Difference, Modality, Model } from "./form.ts";
import type { GenaiListed } from "./genai-prices.ts";
import type { Listed, LitellmEntry } from "./litellm.ts";
import { modelFacts } from "./model-facts.ts";

export const LITELLM = "litellm" as const;
export const GENAI = "genai-prices" as const;
export const AWS = "bedrock-models" as const;

export interface Lists {
  litellm: Listed[];
  genai: GenaiListed[];
  aws: Map<string, Offered>;
}

export function modelsOf({ litellm, genai, aws }: Lists, differences: Difference[]): Model[] {
  const entries = Map.groupBy(litellm, ({ model }) => model);
  const models = [...entries].map(([id, found]) => fromLitellm(id, found, differences));
  const known = new Set([...entries.keys(), ...aws.keys()].map(unversioned));
  const offered = [...aws.keys()].filter((id) => !entries.has(id));
  const priced = genai.map(({ model }) => model).filter((id) => !known.has(unversioned(id)));
  const second = new Map(genai.map((found) => [unversioned(found.model), found]));
  return [
    ...models,
    ...offered.map((id) => bare(id, [])),
    ...[...new Set(priced)].map((id) => bare(id, ["runtime"])),
  ]
    .map((model) => confirmed(model, second.get(unversioned(model.id)), differences))
    .map((model) => placed(model, aws.get(model.id)));
}

/** genai-prices has patterns for ids, whose endings it makes up: `anthropic.claude-opus-4-5-v1:0`. */
function unversioned(id: string): string {
  return id.replace(/(?:-[0-9]{8})?(?:-v[0-9]+)?(?::[0-9]+)?$/, "");
}

function bare(id: string, endpoints: Model["endpoints"]): Model {
  const provider = id.split(".")[0] ?? "";
  return { id, provider, endpoints, input: [], output: [], listedBy: [] };
}

function fromLitellm(id: string, found: Listed[], differences: Difference[]): Model {
  const ranked = found.toSorted((a, b) => rankOf(a) - rankOf(b));
  const own = ranked.filter(({ region }) => region === undefined);
  const entry = Object.assign({}, ...ranked.toReversed().map((one) => one.entry)) as LitellmEntry;
  const provider = id.split(".")[0] ?? "";
  differences.push(...disagreements(id, "maxInputTokens", "max_input_tokens", own));
  differences.push(...disagreements(id, "maxOutputTokens", "max_output_tokens", own));
  const regions = found.map(({ region }) => region).filter((region) => region !== undefined);
  const endpoints = (["runtime", "mantle"] as const).filter((of) =>
    found.some(({ endpoint }) => endpoint === of),
  );
  return {
    id,
    provider,
    endpoints,
    ...modelFacts({ ...entry, ...lifeOf(own) }, id, provider),
    ...openaiPathsOf(found),
    ...(regions.length === 0 ? {} : { regions: [...new Set(regions)].toSorted() }),
    listedBy: [LITELLM],
  };
}

/** The model's own entry first, then its profiles', then mantle's, then those for one region. */
function rankOf({ endpoint, geography, region }: Listed): number {
  return (region === undefined ? 0 : 4) + (endpoint === "mantle" ? 2 : 0) + (geography === undefined ? 0 : 1);
}

function openaiPathsOf(found: Listed[]): Pick<Model, "openaiPaths"> {
  const paths = (of: Listed["endpoint"]) => [
    ...new Set(
      found.flatMap(({ endpoint, entry }) => (endpoint === of ? (entry.supported_endpoints ?? []) : [])),
    ),
  ];
  const [runtime, mantle] = [paths("runtime").toSorted(), paths("mantle").toSorted()];
  if (runtime.length + mantle.length === 0) return {};
  return { openaiPaths: { ...(runtime.length > 0 && { runtime }), ...(mantle.length > 0 && { mantle }) } };
}

/** By the model's own entry: a profile may end before. */
function lifeOf(own: Listed[]): Partial<LitellmEntry> {
  const entry = own.find(({ geography }) => geography === undefined)?.entry ?? own[0]?.entry;
  const { deprecation_date: end, successor_model: successor } = entry ?? {};
  return { deprecation_date: end, successor_model: successor } as Partial<LitellmEntry>;
}

type Limit = "max_input_tokens" | "max_output_tokens";

function disagreements(about: string, field: string, name: Limit, own: Listed[]): Difference[] {
  const values = own
    .filter(({ entry }) => entry[name] !== undefined)
    .map(({ entry, geography, endpoint }) => ({
      source: [LITELLM, geography && `${geography}.`, endpoint === "mantle" && endpoint]
        .filter(Boolean)
        .join(" "),
      value: entry[name],
    }));
  if (new Set(values.map(({ value }) => value)).size < 2) return [];
  return [{ about, field, values, choice: values[0]?.value, why: "the model's own entry" }];
}

/** Adds what the second list says of a model. */
function confirmed(model: Model, second: GenaiListed | undefined, differences: Difference[]): Model {
  if (second === undefined) return model;
  const { id, maxInputTokens = second.contextWindow } = model;
  const { contextWindow, name } = second;
  if (maxInputTokens !== undefined && contextWindow !== undefined && far(maxInputTokens, contextWindow)) {
    const values = [
      { source: LITELLM, value: maxInputTokens },
      { source: GENAI, value: contextWindow },
    ];
    const why = "genai-prices gives whole context windows, input and output together";
    differences.push({ about: id, field: "maxInputTokens", values, choice: maxInputTokens, why });
  }
  return {
    ...model,
    ...(name === undefined ? {} : { name }),
    ...(maxInputTokens === undefined ? {} : { maxInputTokens }),
    listedBy: [...model.listedBy, GENAI],
  };
}

/** 128,000 and 131,072 are the same figure, rounded differently. */
function far(a: number, b: number): boolean {
  return Math.max(a, b) / Math.min(a, b) > 1.05;
}

/** Adds what AWS answers of a model; of its kinds of input, documents are known to litellm only. */
function placed(model: Model, aws: Offered | undefined): Model {
  if (aws === undefined) return model;
  const documents = model.input.filter((modality) => modality === "DOCUMENT");
  const { onDemandRegions, mantleRegions } = aws;
  return {
    ...model,
    endpoints: (["runtime", "mantle"] as const).filter((of) =>
      [...model.endpoints, ...aws.endpoints].includes(of),
    ),
    input: [...(aws.input as Modality[]), ...documents].toSorted(),
    output: (aws.output as Modality[]).toSorted(),
    streaming: aws.streaming,
    mode: model.mode ?? modeOf(aws.output),
    ...(aws.legacy ? { legacy: true } : {}),
    ...(aws.endpoints.includes("runtime") ? { onDemand: onDemandRegions.length > 0 } : {}),
    regions: [...new Set([...aws.regions, ...(model.regions ?? [])])].toSorted(),
    ...(onDemandRegions.length === 0 ? {} : { onDemandRegions }),
    ...(mantleRegions.length === 0 ? {} : { mantleRegions }),
    listedBy: [...model.listedBy, AWS],
  };
}

function modeOf(output: string[]): NonNullable<Model["mode"]> {
  if (output.includes("EMBEDDING")) return "embedding";
  if (output.includes("IMAGE")) return "image";
  return output.includes("VIDEO") ? "video" : "chat";
}
