/** Models that the wizard offers. What isn't here can be granted all the same, by its id or a pattern. */
import type { ModelView } from "./views.ts";

/** `pattern` covers the model and every profile in front of it. */
const model = (vendor: string, id: string, name: string): ModelView => ({
  id,
  name,
  vendor,
  pattern: `*${id}*`,
});

export const MODELS: readonly ModelView[] = [
  model("Anthropic", "anthropic.claude-opus-4-5", "Claude Opus 4.5"),
  model("Anthropic", "anthropic.claude-sonnet-4-5", "Claude Sonnet 4.5"),
  model("Anthropic", "anthropic.claude-haiku-4-5", "Claude Haiku 4.5"),
  model("Anthropic", "anthropic.claude-opus-4-1", "Claude Opus 4.1"),
  model("Anthropic", "anthropic.claude-sonnet-4-2025", "Claude Sonnet 4"),
  model("Anthropic", "anthropic.claude-3-7-sonnet", "Claude 3.7 Sonnet"),
  model("Anthropic", "anthropic.claude-3-5-haiku", "Claude 3.5 Haiku"),
  model("Anthropic", "anthropic.claude-3-haiku", "Claude 3 Haiku"),
  model("Amazon", "amazon.nova-micro", "Nova Micro"),
  model("Amazon", "amazon.nova-lite", "Nova Lite"),
  model("Amazon", "amazon.nova-pro", "Nova Pro"),
  model("Amazon", "amazon.nova-premier", "Nova Premier"),
  model("Amazon", "amazon.titan-embed-text-v2", "Titan Text Embeddings V2"),
  model("Cohere", "cohere.embed-english-v3", "Embed English 3"),
  model("Cohere", "cohere.embed-multilingual-v3", "Embed Multilingual 3"),
  model("Meta", "meta.llama3-3-70b", "Llama 3.3 70B"),
  model("Meta", "meta.llama3-1-8b", "Llama 3.1 8B"),
  model("Mistral", "mistral.mistral-large-2407", "Mistral Large"),
  model("OpenAI", "openai.gpt-oss-120b", "gpt-oss 120B"),
  model("OpenAI", "openai.gpt-oss-20b", "gpt-oss 20B"),
  model("DeepSeek", "deepseek.r1", "DeepSeek R1"),
];
