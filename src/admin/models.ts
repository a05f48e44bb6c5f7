/** Models that the wizard offers. Others can be granted too, by their id or a pattern. */
import type { ModelView } from "./views/settings.ts";

interface Offered {
  vendor: string;
  /** The beginning of its id, without date and version. */
  id: string;
  name: string;
  /** Whether Bedrock serves it only through an inference profile. */
  byProfile: boolean;
}

const byProfile = (vendor: string, id: string, name: string): Offered => ({
  vendor,
  id,
  name,
  byProfile: true,
});
const direct = (vendor: string, id: string, name: string): Offered => ({
  vendor,
  id,
  name,
  byProfile: false,
});

/** Source: the Bedrock user guide, "Supported foundation models" and "Supported Regions and models for inference profiles". */
const OFFERED: readonly Offered[] = [
  byProfile("Anthropic", "anthropic.claude-opus-4-5", "Claude Opus 4.5"),
  byProfile("Anthropic", "anthropic.claude-sonnet-4-5", "Claude Sonnet 4.5"),
  byProfile("Anthropic", "anthropic.claude-haiku-4-5", "Claude Haiku 4.5"),
  byProfile("Anthropic", "anthropic.claude-opus-4-1", "Claude Opus 4.1"),
  byProfile("Anthropic", "anthropic.claude-sonnet-4-2025", "Claude Sonnet 4"),
  byProfile("Anthropic", "anthropic.claude-3-7-sonnet", "Claude 3.7 Sonnet"),
  byProfile("Anthropic", "anthropic.claude-3-5-haiku", "Claude 3.5 Haiku"),
  direct("Anthropic", "anthropic.claude-3-haiku", "Claude 3 Haiku"),
  byProfile("Amazon", "amazon.nova-micro", "Nova Micro"),
  byProfile("Amazon", "amazon.nova-lite", "Nova Lite"),
  byProfile("Amazon", "amazon.nova-pro", "Nova Pro"),
  byProfile("Amazon", "amazon.nova-premier", "Nova Premier"),
  direct("Amazon", "amazon.titan-embed-text-v2", "Titan Text Embeddings V2"),
  direct("Cohere", "cohere.embed-english-v3", "Embed English 3"),
  direct("Cohere", "cohere.embed-multilingual-v3", "Embed Multilingual 3"),
  byProfile("Meta", "meta.llama3-3-70b", "Llama 3.3 70B"),
  direct("Mistral", "mistral.mistral-large-2407", "Mistral Large"),
  direct("OpenAI", "openai.gpt-oss-120b", "gpt-oss 120B"),
  direct("OpenAI", "openai.gpt-oss-20b", "gpt-oss 20B"),
  byProfile("DeepSeek", "deepseek.r1", "DeepSeek R1"),
];

/** Each with the pattern for a grant in this region: models behind profiles by the profiles of its geography. */
export function modelsIn(region: string): ModelView[] {
  const geography = geographyOf(region);
  return OFFERED.map(({ vendor, id, name, byProfile: isByProfile }) => ({
    id,
    name,
    vendor,
    pattern: `${isByProfile ? `${geography}.` : ""}${id}*`,
  }));
}

/** The prefix of a geography's profiles. */
function geographyOf(region: string): string {
  if (region.startsWith("us-gov-")) return "us-gov";
  if (region.startsWith("eu-")) return "eu";
  return region.startsWith("ap-") ? "apac" : "us";
}
