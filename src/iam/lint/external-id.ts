/**
 * Whether a statement that lets the role be assumed requires the delegation's External ID. It does if one test of
 * `sts:ExternalId` is exact, as other tests can only narrow it, or if everyone else is denied. Source: the IAM user guide, "Access to AWS
 * accounts owned by third parties".
 */
import type { Delegation } from "../../core/delegation.ts";
import { refuseAllBut, requiresExactly, testsOf, type Test } from "./conditions.ts";
import { broader, invalid, type Finding } from "./finding.ts";
import { hasWildcard } from "./patterns.ts";
import type { ReadStatement } from "./read.ts";

/** The allowed values of `sts:ExternalId`: the current one, during a rotation its successor too. */
function idsOf({ externalId, nextExternalId }: Delegation): string[] {
  return [externalId, nextExternalId].filter((id) => id !== undefined);
}

/** `refused`: the tests of statements that deny everyone. */
export function externalIdFindings(
  { place, conditions }: ReadStatement,
  delegation: Delegation,
  refused: readonly (readonly Test[])[],
): Finding[] {
  const tests = testsOf(conditions, "sts:ExternalId");
  const ids = idsOf(delegation);
  if (tests.some((test) => requiresExactly(test, ids))) return [];
  if (refuseAllBut(refused, "sts:ExternalId", ids)) return [];
  const fix = `Require sts:ExternalId with StringEquals, as \`signet policy trust ${delegation.name}\` prints it.`;
  if (tests.length === 0)
    return [broader("external_id_missing", place, "lets the role be assumed without an External ID", fix)];
  return tests.flatMap((test) => loopholeOf(test, delegation, fix));
}

function loopholeOf(test: Test, delegation: Delegation, fix: string): Finding[] {
  const { place, base, operator } = test;
  if (test.ifExists)
    return [broader("external_id_if_exists", place, "allows requests without an External ID", fix)];
  if (test.set === "ForAllValues")
    return [
      broader("external_id_set_operator", place, "ForAllValues allows requests without an External ID", fix),
    ];
  if (test.set !== undefined) {
    const message = `${operator} is for keys with several values; sts:ExternalId has one value`;
    return [invalid("external_id_set_operator", place, message, fix)];
  }
  if (base === "Null") {
    const message = "only tests whether an External ID is sent, not its value";
    return [broader("external_id_null", place, message, fix)];
  }
  if (base.includes("Not"))
    return [
      broader("external_id_negated", place, "allows every other External ID, and requests without one", fix),
    ];
  if (base === "StringEqualsIgnoreCase") {
    const message = "ignores the case of the External ID, which makes it easier to guess";
    return [broader("external_id_ignore_case", place, message, fix)];
  }
  if (base !== "StringEquals" && base !== "StringLike")
    return [invalid("external_id_operator", place, `${operator} does not compare strings`, fix)];
  return valueLoopholes(test, delegation, fix);
}

function valueLoopholes({ place, base, values }: Test, delegation: Delegation, fix: string): Finding[] {
  if (values.some((value) => value.includes("${"))) {
    const message = "contains a policy variable, which the caller may be able to choose";
    return [broader("external_id_variable", place, message, fix)];
  }
  if (base === "StringLike" && values.some(hasWildcard))
    return [broader("external_id_wildcard", place, "accepts every External ID that matches a wildcard", fix)];
  const extra = values.filter((value) => !idsOf(delegation).includes(value));
  const old = delegation.previousExternalId;
  const message =
    old !== undefined && extra.every((value) => value === old)
      ? "still accepts the External ID from before the rotation"
      : `accepts ${extra.length === 1 ? "an External ID" : `${extra.length} External IDs`} that the delegation does not have`;
  const advice = `List the External IDs that \`signet policy trust ${delegation.name}\` prints, and no others.`;
  return [broader("external_id_extra", place, message, advice)];
}
