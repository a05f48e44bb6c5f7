/** A delegation's policies and templates for operators; if one can't be made, the error names the field. */
import type { Delegation } from "../core/delegation.ts";
import { PolicyError } from "../iam/document.ts";
import type { TemplateFormat } from "../iam/render/formats.ts";
import { renderTemplate } from "../iam/render/render.ts";
import { SessionPolicyTooLarge } from "../iam/session-policy.ts";
import { delegationTemplate } from "../iam/template.ts";
import { OperatorError } from "./errors.ts";
import { contradictions } from "./rules.ts";

/**
 * The template of a delegation's role as text. `principal` replaces the delegation's own `trust.principal`. Throws
 * OperatorError `invalid` if no policy can be made.
 */
export function renderFor(delegation: Delegation, format: TemplateFormat, principal?: string): string {
  const trusting = withPrincipal(delegation, principal);
  return compiled(() => renderTemplate(delegationTemplate(trusting), format));
}

/** The delegation, with its role trusting `principal` if given. Throws OperatorError if they contradict. */
export function withPrincipal(delegation: Delegation, principal: string | undefined): Delegation {
  if (principal === undefined) return delegation;
  const trusting = { ...delegation, trust: { ...delegation.trust, principal } };
  const problems = contradictions(trusting);
  if (problems.length > 0) throw new OperatorError("invalid", problems);
  return trusting;
}

/** The result of `compile`; a policy's errors become OperatorErrors like those of any other field. */
export function compiled<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof SessionPolicyTooLarge)
      throw new OperatorError("invalid", [{ field: "grants", message: error.message }]);
    if (!(error instanceof PolicyError)) throw error;
    const hint = error.field === "trust.principal" ? " (--principal names it)" : "";
    throw new OperatorError("invalid", [{ field: error.field, message: error.message + hint }]);
  }
}
