/** Models that the wizard offers, from the catalogue. Others can be granted too, by their id or a pattern. */
import { endOfLife, isEnded, MODELS, namesIn, PROFILES, type Model } from "../bedrock/catalogue.ts";
import type { ModelView } from "./views/settings.ts";

/** Vendors whose names aren't their ids with a capital. Source: the model cards of the Bedrock user guide. */
const VENDORS: Readonly<Record<string, string>> = {
  ai21: "AI21 Labs",
  deepseek: "DeepSeek",
  minimax: "MiniMax",
  mistral: "Mistral AI",
  moonshot: "Moonshot AI",
  moonshotai: "Moonshot AI",
  nvidia: "NVIDIA",
  openai: "OpenAI",
  stability: "Stability AI",
  twelvelabs: "TwelveLabs",
  xai: "xAI",
  zai: "Z.AI",
};

/**
 * Each that bedrock-runtime serves to this region and that hasn't ended, with its first name there: a profile of the
 * region's geography before the model itself, and that before the global profile. `now` in epoch milliseconds.
 */
export function modelsIn(region: string, now: number): ModelView[] {
  return MODELS.filter(({ mode }) => mode === "chat" || mode === "embedding")
    .map((model) => ({ model, pattern: namesIn(model, region).find((name) => !isEnded(name, now, region)) }))
    .flatMap(({ model, pattern }) => (pattern === undefined ? [] : [viewOf(model, pattern, region)]))
    .toSorted((a, b) => (a.vendor + a.name < b.vendor + b.name ? -1 : 1));
}

function viewOf({ id, name, provider }: Model, pattern: string, region: string): ModelView {
  const vendor = VENDORS[provider] ?? provider.slice(0, 1).toUpperCase() + provider.slice(1);
  const endsAt = endOfLife(pattern, region);
  return {
    id,
    name: name ?? id.slice(provider.length + 1),
    vendor,
    pattern,
    ...(endsAt === undefined ? {} : { endsAt }),
  };
}

/** Every name of a model, or those that can be called from a region. */
export function namesOf(model: Model, region?: string): string[] {
  if (region !== undefined) return namesIn(model, region);
  return [model.id, ...PROFILES.filter((profile) => profile.model === model.id).map(({ id }) => id)];
}
