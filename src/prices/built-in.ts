/**
 * The built-in prices: facts/prices.json, made from litellm and genai-prices, where their differences are listed, too.
 * They change; `prices.file` overrides them. What neither of them lists is unknown: some tiers, regions and models, and
 * models that are billed by more than tokens.
 */
import data from "../../facts/prices.json" with { type: "json" };
import type { PriceFacts } from "../../facts/price-form.ts";
import type { PriceEntry, PriceTable } from "./price.ts";

const { sources, prices } = data as PriceFacts;

export const BUILT_IN: PriceTable = {
  /** `litellm-1.110.2+genai-prices-0.2.3` */
  version: sources.map((source) => source.replace(" ", "-")).join("+"),
  entries: prices.flatMap(({ model, regions, tiers, source }) =>
    Object.entries(tiers).map(([tier, rates]): PriceEntry => ({
      model,
      ...(regions && { regions }),
      tier,
      ...rates,
      source,
    })),
  ),
};
