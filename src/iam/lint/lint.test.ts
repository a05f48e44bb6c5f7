/** Signet's own policies must pass the same checks. */
import { describe, expect, it } from "vitest";
import { PLAIN, SCENARIOS } from "../render/fixtures.ts";
import { revocationPolicy } from "../revocation-policy.ts";
import { rolePolicy } from "../role-policy.ts";
import { trustPolicy } from "../trust-policy.ts";
import { codes } from "./fixtures.ts";
import { lintPolicy } from "./lint.ts";

describe("a policy compiled by Signet", () => {
  it.each(Object.entries(SCENARIOS))("has no findings: %s", (_name, delegation) => {
    expect(lintPolicy(trustPolicy(delegation), delegation)).toEqual([]);
    expect(lintPolicy(rolePolicy(delegation), delegation)).toEqual([]);
    expect(lintPolicy(JSON.stringify(trustPolicy(delegation), null, 2), delegation)).toEqual([]);
    expect(lintPolicy(revocationPolicy(new Date(0)), delegation)).toEqual([]);
  });

  it("for one delegation has findings when compared with another (T8)", () => {
    const other = { ...PLAIN, externalId: "sgx-another-one" };
    expect(codes(trustPolicy(PLAIN), other)).toEqual([
      "external_id_extra at Statement[0].Condition.StringEquals",
    ]);
    expect(codes(rolePolicy(SCENARIOS.full))).not.toEqual([]);
  });
});
