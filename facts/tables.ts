/** Every generated table of this folder, and what makes it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { catalogue } from "./catalogue.ts";
import type { ByHand } from "./form.ts";
import type { Packages } from "./packages.ts";
import { rawPrices } from "./price-sources.ts";
import { prices } from "./prices.ts";
import { SERVICE_NAMES, serviceModel } from "./service-models.ts";

interface Table {
  /** The file's name in this folder. */
  name: string;
  make: (packages: Packages) => object;
}

export const TABLES: readonly Table[] = [
  ...SERVICE_NAMES.map((service) => ({
    name: `service-models/${service}.json`,
    make: (packages: Packages) => serviceModel(service, packages),
  })),
  { name: "catalogue.json", make: (packages) => catalogue(packages, byHand()) },
  { name: "prices.json", make: (packages) => prices(packages, catalogue(packages, byHand())) },
  { name: "prices.raw.json", make: rawPrices },
];

function byHand(): ByHand {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, "by-hand.json"), "utf8")) as ByHand;
}
