/** Compares a policy written by hand with a delegation: what in it is broader than the grants. */
import type { Delegation } from "../../core/delegation.ts";
import type { Finding } from "./finding.ts";
import { lintPermissions } from "./permissions.ts";
import { readPolicy } from "./read.ts";
import { lintTrust } from "./trust.ts";

/**
 * `document` is JSON text or its parsed value; its shape says whether it is a trust policy or permissions. Having no
 * findings doesn't prove that AWS does the same: `signet delegation verify` does. Throws PolicyError if no role policy
 * can be made for the delegation.
 */
export function lintPolicy(document: unknown, delegation: Delegation): Finding[] {
  const { kind, statements, findings } = readPolicy(document);
  const broader =
    kind === "trust" ? lintTrust(statements, delegation) : lintPermissions(statements, delegation);
  return [...findings, ...broader];
}
