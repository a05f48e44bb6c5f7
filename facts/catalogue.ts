/**
 * catalogue.json: Bedrock's models and inference profiles, from three lists of others and from by-hand.json. Where they
 * differ, `differences` has each value and the choice.
 */
import { readBedrockModels } from "./bedrock-models.ts";
import type { ByHand, Catalogue, Difference } from "./form.ts";
import { readGenaiPrices } from "./genai-prices.ts";
import { readLitellm, type Listed } from "./litellm.ts";
import { AWS, GENAI, LITELLM, modelsOf, type Lists } from "./models.ts";
import { BY_HAND, noted } from "./notes.ts";
import type { Packages } from "./packages.ts";
import { existences, geographiesOf, profilesOf } from "./profiles.ts";

export function catalogue(packages: Packages, byHand: ByHand): Catalogue {
  const lists: Lists = {
    litellm: readLitellm(packages),
    genai: readGenaiPrices(packages),
    aws: readBedrockModels(packages),
  };
  const differences: Difference[] = [];
  const models = modelsOf(lists, differences);
  const profiles = profilesOf(lists, models);
  differences.push(...existences([...models, ...profiles]), ...rumors(lists.litellm));
  return {
    version: byHand.version,
    sources: [...[AWS, LITELLM, GENAI].map(packages.source), `${BY_HAND} ${byHand.version}`],
    geographies: geographiesOf(byHand.geographies, profiles).toSorted(byId),
    models: noted(models, byHand.models, differences).toSorted(byId),
    profiles: noted(profiles, byHand.profiles, differences).toSorted(byId),
    differences: differences.toSorted((a, b) => (a.about + a.field < b.about + b.field ? -1 : 1)),
  };
}

/** Ends of life that are not taken: they would warn of models that go on. */
function rumors(listed: readonly Listed[]): Difference[] {
  return listed.flatMap(({ geography, model, rumor }) => {
    if (rumor === undefined) return [];
    const about = geography === undefined ? model : `${geography}.${model}`;
    const values = [{ source: LITELLM, value: rumor }];
    return [
      { about, field: "endOfLife", values, choice: null, why: "litellm names no page of AWS's for it" },
    ];
  });
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
