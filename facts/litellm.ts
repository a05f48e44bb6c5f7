/** What litellm lists of Bedrock's models: limits, ends of life, what each takes; price-sources.ts reads its prices (MIT). */
import type { Packages } from "./packages.ts";

const FILE = "litellm/model_prices_and_context_window_backup.json";

/** One entry, with the members that are used; litellm leaves out what it doesn't know. */
export interface LitellmEntry {
  litellm_provider: string;
  mode: string;
  deprecation_date?: string;
  /** AWS's page that has the day. */
  deprecation_source?: string;
  successor_model?: string;
  max_input_tokens?: number;
  max_output_tokens?: number;
  output_vector_size?: number;
  prompt_cache_min_tokens?: number;
  reasoning_effort_levels?: string[];
  supported_endpoints?: string[];
  supported_modalities?: string[];
  bedrock_output_config_effort_ceiling?: string;
  /** Where Anthropic's tokens can be counted: `bedrock` is CountTokens. */
  token_count_model?: { litellm_provider: string; model: string };
  thinking_always_on?: boolean;
  thinking_on_by_default?: boolean;
  bedrock_converse_supports_strict_tools?: boolean;
  [flag: `supports_${string}`]: boolean | undefined;
}

/** An entry, and what its name says. */
export interface Listed {
  /** As litellm spells it: `bedrock/us-gov-east-1/amazon.nova-pro-v1:0`. */
  name: string;
  entry: LitellmEntry;
  /** Without endpoint, region, image size and geography. */
  model: string;
  /** The prefix of an inference profile. */
  geography?: string;
  endpoint: "runtime" | "mantle";
  /** Entries for one region's prices. */
  region?: string;
  /** An end of life for which litellm names no page of AWS's: not in the entry. */
  rumor?: string;
}

/** Of Bedrock, without provisioned throughput, guardrails and Claude Platform on AWS, which is another service. */
export function readLitellm(packages: Packages): Listed[] {
  const all = JSON.parse(packages.read("litellm", FILE).toString()) as Record<string, LitellmEntry>;
  const bedrock = Object.entries(all).filter(([, entry]) => entry.litellm_provider?.startsWith("bedrock"));
  const vendors = new Set(bedrock.map(([name]) => name.split("/").at(-1)?.split(".")[0] ?? ""));
  return bedrock
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => listed(name, entry, vendors))
    .filter((found) => found !== undefined);
}

const REGION = /^[a-z]{2}(?:-[a-z]+)+-[0-9]$/;
const SIZE = /^(?:[0-9]+|max)-x-(?:[0-9]+|max)$|-steps$/;

function listed(name: string, entry: LitellmEntry, vendors: Set<string>): Listed | undefined {
  const parts = name.split("/").filter((part) => part !== "bedrock" && !SIZE.test(part));
  const id = parts.pop() ?? "";
  const region = parts.find((part) => REGION.test(part));
  const others = parts.filter((part) => part !== region && part !== "bedrock_mantle");
  // `1-month-commitment`, `claude_platform`, `invoke`; ids are `vendor.model`, without the `@` of other clouds.
  if (others.length > 0 || !/^[a-z0-9-]+\.[a-z0-9]/.test(id) || id.includes("@")) return undefined;
  const [first = "", second = "", ...rest] = id.split(".");
  const geography = rest.length > 0 && vendors.has(second) ? first : undefined;
  const { deprecation_date: end, ...undated } = entry;
  const isRumor = end !== undefined && entry.deprecation_source === undefined;
  return {
    name,
    entry: isRumor ? undated : entry,
    ...(isRumor ? { rumor: end } : {}),
    model: geography === undefined ? id : id.slice(geography.length + 1),
    ...(geography === undefined ? {} : { geography }),
    endpoint: name.startsWith("bedrock_mantle/") ? "mantle" : "runtime",
    ...(region === undefined ? {} : { region }),
  };
}
