/** Inline policies of a user or role: parsed for decisions, kept as written for reading back, limited in size. */
import { AwsError } from "../errors.ts";
import type { Identity, PolicyDocument } from "./identity.ts";
import { parsePolicy } from "./policy.ts";

const MAX_CHARACTERS = { role: 10_240, user: 2048 };

/** Adds or replaces one. Throws LimitExceeded if all of them together get too large. */
export function putPolicy(owner: Identity, policyName: string, document: PolicyDocument): void {
  const policy = parsePolicy(document, "identity");
  const policies = new Map(owner.policies).set(policyName, { policy, document: structuredClone(document) });
  const total = policies.values().reduce((sum, each) => sum + sizeOf(each.document), 0);
  const limit = owner.uniqueId.startsWith("AROA") ? MAX_CHARACTERS.role : MAX_CHARACTERS.user;
  if (total > limit) {
    throw new AwsError(
      "LimitExceeded",
      409,
      `Maximum policy size of ${limit} bytes exceeded for ${owner.name}`,
    );
  }
  owner.policies = policies;
}

/** IAM doesn't count white space. */
export function sizeOf(document: PolicyDocument): number {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return text.replaceAll(/\s/g, "").length;
}

/** The document as a new object, from JSON text or an object. */
export function readable(document: PolicyDocument): object {
  return typeof document === "string" ? (JSON.parse(document) as object) : structuredClone(document);
}
