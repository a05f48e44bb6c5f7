/** A key works only while its delegation is active. Checked only for authenticated callers. */
import { SignetError } from "../core/errors.ts";
import type { Identity } from "./directory.ts";

/** Throws `delegation_inactive`. */
export function requireActive({ delegation: { name, state } }: Identity): void {
  if (state === "active") return;
  throw new SignetError("delegation_inactive", `The delegation ${name} of this key is ${state}, not active.`);
}
