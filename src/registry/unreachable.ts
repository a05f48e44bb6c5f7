/** Grants that no region of theirs can use, by the catalogue: a warning, since AWS's own answer is newer. */
import { MODELS, namesIn } from "../bedrock/catalogue.ts";
import type { Grant } from "../core/delegation.ts";
import { matchesPattern } from "../core/model.ts";

export interface Unreachable {
  /** As granted. */
  pattern: string;
  /** Where what it names can be called. */
  regions: string[];
}

/** Patterns whose models AWS lists, but in none of the grant's regions. Of models in no list nothing is known. */
export function unreachable(grants: readonly Pick<Grant, "models" | "regions">[]): Unreachable[] {
  return grants.flatMap(({ models, regions }) =>
    models.flatMap((pattern) => {
      if (pattern.startsWith("arn:") || regions.some((region) => namesSome(pattern, region))) return [];
      const elsewhere = REGIONS.filter((region) => namesSome(pattern, region));
      return elsewhere.length === 0 ? [] : [{ pattern, regions: elsewhere }];
    }),
  );
}

const REGIONS = [...new Set(MODELS.flatMap(({ regions = [] }) => regions))].toSorted();

function namesSome(pattern: string, region: string): boolean {
  return MODELS.some((model) => namesIn(model, region).some((name) => matchesPattern(pattern, name)));
}
