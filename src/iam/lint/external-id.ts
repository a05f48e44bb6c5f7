/**
 * Whether a statement that lets the role be assumed demands the delegation's External ID. It does if one test of
 * `sts:ExternalId` is exact: other tests beside it can only narrow. Source: the IAM user guide, "Access to AWS
 * accounts owned by third parties".
 */
import type { Delegation } from "../../core/delegation.ts";
import { demandsExactly, testsOf, type Test } from "./conditions.ts";
import { broader, invalid, type Finding } from "./finding.ts";
import { hasWildcard } from "./patterns.ts";
import type { ReadStatement } from "./read.ts";

/** What `sts:ExternalId` must be: the present one, during a rotation its successor too. */
function idsOf({ externalId, nextExternalId }: Delegation): string[] {
  return [externalId, nextExternalId].filter((id) => id !== undefined);
}

export function externalIdFindings({ place, conditions }: ReadStatement, delegation: Delegation): Finding[] {
  const tests = testsOf(conditions, "sts:ExternalId");
  const ids = idsOf(delegation);
  if (tests.some((test) => demandsExactly(test, ids))) return [];
  const fix = `Demand StringEquals of sts:ExternalId, as \`signet policy trust ${delegation.name}\` prints it.`;
  if (tests.length === 0)
    return [broader("external_id_missing", place, "lets the role be assumed without an External ID", fix)];
  return tests.flatMap((test) => loopholeOf(test, delegation, fix));
}

function loopholeOf(test: Test, delegation: Delegation, fix: string): Finding[] {
  const { place, base, operator } = test;
  if (test.ifExists)
    return [broader("external_id_if_exists", place, "lets through whoever sends no External ID", fix)];
  if (test.set === "ForAllValues")
    return [broader("external_id_set_operator", place, "ForAllValues lets through whoever sends none", fix)];
  if (test.set !== undefined) {
    const message = `${operator} is for keys with several values; sts:ExternalId has one`;
    return [invalid("external_id_set_operator", place, message, fix)];
  }
  if (base === "Null") {
    const message = "only asks whether an External ID is sent, not which";
    return [broader("external_id_null", place, message, fix)];
  }
  if (base.includes("Not"))
    return [broader("external_id_negated", place, "lets through every other External ID, and none", fix)];
  if (base === "StringEqualsIgnoreCase") {
    const message = "takes the External ID in upper and lower case: fewer have to be guessed";
    return [broader("external_id_ignore_case", place, message, fix)];
  }
  if (base !== "StringEquals" && base !== "StringLike")
    return [invalid("external_id_operator", place, `${operator} does not compare texts`, fix)];
  return valueLoopholes(test, delegation, fix);
}

function valueLoopholes({ place, base, values }: Test, delegation: Delegation, fix: string): Finding[] {
  if (values.some((value) => value.includes("${"))) {
    const message = "holds a policy variable, which the caller may be able to choose";
    return [broader("external_id_variable", place, message, fix)];
  }
  if (base === "StringLike" && values.some(hasWildcard))
    return [broader("external_id_wildcard", place, "accepts every External ID that fits a wildcard", fix)];
  const extra = values.filter((value) => !idsOf(delegation).includes(value));
  const old = delegation.previousExternalId;
  const message =
    old !== undefined && extra.every((value) => value === old)
      ? "still accepts the External ID from before the rotation"
      : `accepts ${extra.length === 1 ? "an External ID" : `${extra.length} External IDs`} that the delegation does not have`;
  const advice = `List the External IDs that \`signet policy trust ${delegation.name}\` prints, and no other.`;
  return [broader("external_id_extra", place, message, advice)];
}
