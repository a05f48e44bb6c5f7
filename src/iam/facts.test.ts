/** What policies assume about AWS, held to tables that others keep. */
import { describe, expect, it } from "vitest";
import { CATALOGUE_VERSION, GEOGRAPHIES as CATALOGUED, MODELS, PROFILES } from "../bedrock/catalogue.ts";
import { foundationModelOf, GEOGRAPHIES, geographyOf, matchesPattern, VENDORS } from "../core/model.ts";
import { regionsOf } from "./reach.ts";

describe(`ids of facts/catalogue.json ${CATALOGUE_VERSION}`, () => {
  it("begin with geographies and vendors that Signet knows", () => {
    expect([...CATALOGUED.keys()].filter((id) => !GEOGRAPHIES.includes(id))).toEqual([]);
    const vendors = new Set(MODELS.map(({ id }) => id.slice(0, id.indexOf("."))));
    expect([...vendors].filter((vendor) => !VENDORS.includes(vendor))).toEqual([]);
  });

  it("are read as what they are", () => {
    expect(MODELS.filter(({ id }) => geographyOf(id) !== undefined)).toEqual([]);
    expect(PROFILES.filter(({ id, model }) => foundationModelOf(id) !== model)).toEqual([]);
  });

  it("of profiles have each destination within the regions that a role allows, which include the source", () => {
    const missing = PROFILES.flatMap(({ id, geography, routes = {} }) =>
      Object.entries(routes).flatMap(([source, destinations]) =>
        destinations
          .filter((region) => region !== source)
          .filter((region) => !regionsOf(geography).some((pattern) => matchesPattern(pattern, region)))
          .map((region) => `${id}: ${source} → ${region}`),
      ),
    );
    expect(missing).toEqual([]);
  });
});
