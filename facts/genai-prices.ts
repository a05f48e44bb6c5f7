/** What genai-prices lists of Bedrock's models: a second opinion on which exist, and on context windows (MIT). */
import type { Packages } from "./packages.ts";

/** A condition on a model's name; those of composed ones are in `or_`. */
interface Clause {
  type: string;
  equals?: string;
  contains?: string;
  ends_with?: string;
  starts_with?: string;
  or_?: Clause[];
}

interface GenaiModel {
  /** `global.anthropic.claude-opus-5-5`, `regional.anthropic.claude-opus-5-5`, `mistral.devstral-2-123b` */
  id: string;
  name?: string;
  context_window?: number;
  match: Clause;
}

interface GenaiProvider {
  id: string;
  models: GenaiModel[];
}

export interface GenaiListed {
  /** Without `global.` or `regional.`. */
  model: string;
  name?: string;
  contextWindow?: number;
  /** Names that its condition spells out: `us.anthropic.claude-opus-5-5`. */
  names: string[];
}

export function readGenaiPrices(packages: Packages): GenaiListed[] {
  const providers = packages.literals("genai-prices", "genai_prices/data.py", "providers") as GenaiProvider[];
  const bedrock = providers.find(({ id }) => id === "aws");
  if (bedrock === undefined) throw new Error("genai-prices has no provider aws");
  return bedrock.models.map(({ id, name, context_window: contextWindow, match }) => ({
    model: id.replace(/^(?:global|regional)\./, ""),
    ...(name === undefined ? {} : { name: name.replace(/ \((?:global|regional)\)$/, "") }),
    ...(contextWindow === undefined ? {} : { contextWindow }),
    names: [...new Set(namesIn(match))],
  }));
}

function namesIn({ equals, contains, ends_with, or_ = [] }: Clause): string[] {
  const own = [equals, contains, ends_with].filter((name) => name !== undefined);
  return [...own.map((name) => name.replace(/^\//, "")), ...or_.flatMap(namesIn)];
}
