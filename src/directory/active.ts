/** A key is good for as long as its delegation is in use. Asked only of callers who have proven who they are. */
import { SignetError } from "../core/errors.ts";
import type { Identity } from "./directory.ts";

/** Throws `delegation_inactive`. */
export function requireActive({ delegation: { name, state } }: Identity): void {
  if (state === "active") return;
  throw new SignetError("delegation_inactive", `The delegation ${name} of this key is ${state}, not active.`);
}
