/** Holds a policy written by hand against a delegation: what in it is broader than what was granted. */
import type { Delegation } from "../../core/delegation.ts";
import type { Finding } from "./finding.ts";
import { lintPermissions } from "./permissions.ts";
import { readPolicy } from "./read.ts";
import { lintTrust } from "./trust.ts";

/**
 * `document` is JSON text or what it parses to; whether it is a trust policy or permissions is told by its shape.
 * None of the findings doesn't prove that AWS does the same: that is for `signet delegation verify`. Throws
 * PolicyError where no role policy can be made of the delegation.
 */
export function lintPolicy(document: unknown, delegation: Delegation): Finding[] {
  const { kind, statements, findings } = readPolicy(document);
  const broader =
    kind === "trust" ? lintTrust(statements, delegation) : lintPermissions(statements, delegation);
  return [...findings, ...broader];
}
