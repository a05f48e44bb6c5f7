import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern } from "../core/model.ts";
import { wrongIds } from "./wrong-ids.ts";

const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const id = fc.stringMatching(/^[\w+=,.@:/-]{2,60}$/);

describe("wrong External IDs (T8)", () => {
  it("are never one of the role's, and always valid for STS", () => {
    fc.assert(
      fc.property(id, id, id, (externalId, nextExternalId, previousExternalId) => {
        const ids = wrongIds({ externalId, nextExternalId, previousExternalId });
        expect(ids.length).toBeGreaterThan(0);
        for (const wrong of ids) {
          expect([externalId, nextExternalId, previousExternalId]).not.toContain(wrong);
          expect(wrong).toMatch(EXTERNAL_ID);
        }
      }),
    );
  });

  it("also stay within STS's maximum length if the right one has it", () => {
    for (const wrong of wrongIds({ externalId: "x".repeat(1224) })) expect(wrong).toMatch(EXTERNAL_ID);
  });

  it("expose every pattern with `*` that the right one matches", () => {
    fc.assert(
      fc.property(id, fc.nat(), fc.boolean(), (externalId, at, isPrefix) => {
        const cut = at % (externalId.length + 1);
        const pattern = isPrefix ? `${externalId.slice(0, cut)}*` : `*${externalId.slice(cut)}`;
        expect(wrongIds({ externalId }).some((wrong) => matchesPattern(pattern, wrong))).toBe(true);
      }),
    );
  });
});
