/** Which models are tried for a granted pattern, and in which order. */
import { describe, expect, it } from "vitest";
import { CATALOGUE_VERSION, catalogueModel, GEOGRAPHIES, isEnded, PROFILES } from "../bedrock/catalogue.ts";
import { candidates, isServed, TRIES, type Choice } from "./candidates.ts";

const NOW = Date.parse("2026-12-01T00:00:00Z");
const CATALOGUE = `catalogue of ${CATALOGUE_VERSION}`;
const place = (region: string) => ({ partition: "aws", region, account: "111122223333" });

function tried(pattern: string, region = "us-east-1", choice: Partial<Choice> = {}): string[] {
  return candidates(pattern, "Converse", place(region), { now: NOW, ...choice });
}

describe(`candidates for a pattern, by the ${CATALOGUE}`, () => {
  it("are a few, alive, called from the region, AWS's own and cheap ones first", () => {
    const found = tried("us.*");
    expect(found).toHaveLength(TRIES);
    expect(found.filter((id) => isEnded(id, NOW) || !isServed(id, "us-east-1"))).toEqual([]);
    expect(found[0]).toBe("us.amazon.nova-micro-v1:0");
    expect(tried("us.anthropic.*").every((id) => id.startsWith("us.anthropic."))).toBe(true);
    expect(tried("us.anthropic.*")[0]).toMatch(/haiku/);
  });

  it.each([...GEOGRAPHIES.values()].filter(({ id }) => id !== "us-gov").map(({ id }) => id))(
    "exist for %s.* in every region that its profiles are called from",
    (geography) => {
      const alive = PROFILES.filter(
        ({ id }) =>
          id.startsWith(`${geography}.`) && !isEnded(id, NOW) && catalogueModel(id)?.mode === "chat",
      );
      const regions = alive.flatMap(({ routes, sources }) => sources ?? Object.keys(routes ?? {}));
      expect(regions.length).toBeGreaterThan(0);
      for (const region of new Set(regions)) {
        const [first = ""] = tried(`${geography}.*`, region);
        expect([region, first, isEnded(first, NOW), isServed(first, region)]).toEqual([
          region,
          expect.stringMatching(new RegExp(`^${geography}\\.`)),
          false,
          true,
        ]);
      }
    },
  );

  it("fit the operation: CountTokens has models that are counted, image models don't converse", () => {
    const counted = candidates("us.*", "CountTokens", place("us-east-1"), { now: NOW });
    expect(catalogueModel(counted[0] ?? "")?.countable).toBe(true);
    expect(tried("amazon.titan-image-*")).toEqual([]);
  });

  it("that all have ended are tried nevertheless: only AWS knows", () => {
    const ended = "anthropic.claude-3-haiku-*";
    expect(isEnded("anthropic.claude-3-haiku-20240307-v1:0", NOW)).toBe(true);
    expect(tried(ended)).toEqual(["anthropic.claude-3-haiku-20240307-v1:0"]);
  });
});

describe("candidates that others name", () => {
  it("begin with the operator's, then what is granted by name, then what the account lists", () => {
    const choice = {
      probeModel: "us.amazon.nova-pro-v1:0",
      named: ["us.meta.llama3-3-70b-instruct-v1:0"],
      offered: ["us.newvendor.model-1", "us.amazon.nova-lite-v1:0"],
    };
    expect(tried("us.*", "us-east-1", choice).slice(0, 4)).toEqual([
      "us.amazon.nova-pro-v1:0",
      "us.meta.llama3-3-70b-instruct-v1:0",
      "us.amazon.nova-lite-v1:0",
      "us.newvendor.model-1",
    ]);
    expect(tried("us.newvendor.*", "us-east-1", choice)).toEqual(["us.newvendor.model-1"]);
  });

  it("are ordered by the account's own dates, which are newer than the catalogue's", () => {
    const lite = { model: "amazon.nova-lite-v1:0", legacy: false, endsAt: NOW - 1 };
    const micro = { model: "amazon.nova-micro-v1:0", legacy: true };
    const haiku = { model: "anthropic.claude-3-haiku-20240307-v1:0", legacy: false };
    const choice = { lifecycles: [lite, micro, haiku] };
    expect(tried("amazon.nova-*", "us-east-1", choice)).not.toContain("amazon.nova-lite-v1:0");
    expect(tried("us.amazon.nova-*", "us-east-1", choice)[0]).not.toMatch(/nova-(?:lite|micro)/);
    expect(tried("anthropic.claude-3-*", "ap-south-1", choice)[0]).toBe(haiku.model);
  });

  it("are not for a pattern that names one model: it stands for itself", () => {
    expect(tried("us.amazon.nova-pro-v1:0", "us-east-1", { probeModel: "us.amazon.nova-lite-v1:0" })).toEqual(
      ["us.amazon.nova-pro-v1:0"],
    );
  });
});
