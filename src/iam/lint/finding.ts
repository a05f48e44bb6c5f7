/** A finding in a policy that was written by hand. */
import { asciiJson } from "../render/ascii.ts";

/** Stable, for programs. */
export type FindingCode =
  // IAM would refuse it.
  | "malformed_json"
  | "duplicate_key"
  | "malformed_policy"
  | "malformed_statement"
  // It allows more than the delegation, in a trust policy or in permissions.
  | "action_wildcard"
  | "action_beyond"
  | "not_action"
  // In a trust policy.
  | "principal_wildcard"
  | "principal_account"
  | "principal_other"
  | "not_principal"
  | "external_id_missing"
  | "external_id_wildcard"
  | "external_id_variable"
  | "external_id_extra"
  | "external_id_if_exists"
  | "external_id_set_operator"
  | "external_id_ignore_case"
  | "external_id_null"
  | "external_id_negated"
  | "external_id_operator"
  | "trust_condition_missing"
  // In permissions.
  | "action_outside_bedrock"
  | "action_marketplace"
  | "not_resource"
  | "resource_wildcard"
  | "resource_beyond"
  | "model_beyond"
  | "region_beyond"
  | "account_beyond"
  | "condition_missing"
  | "guardrail_not_required"
  // It allows less than the delegation's calls need.
  | "project_missing";

export interface Finding {
  code: FindingCode;
  /** `Statement[1].Condition.StringLike`; `Policy` for the document as a whole. */
  place: string;
  message: string;
  /** How to fix it, one sentence in the imperative. */
  fix: string;
  /**
   * `broader`: it allows what the delegation doesn't. `invalid`: IAM refuses it, or it can't work as written. `warning`:
   * calls may be denied.
   */
  severity: "broader" | "invalid" | "warning";
}

export function broader(code: FindingCode, place: string, message: string, fix: string): Finding {
  return { code, place, message, fix, severity: "broader" };
}

export function invalid(code: FindingCode, place: string, message: string, fix: string): Finding {
  return { code, place, message, fix, severity: "invalid" };
}

export function warning(code: FindingCode, place: string, message: string, fix: string): Finding {
  return { code, place, message, fix, severity: "warning" };
}

const SHOWN = 120;

/** A string of the document, quoted, cut and in ASCII: it may have been written to mislead. */
export function shown(text: string): string {
  return asciiJson(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
}
