/** Node's own version. */
import { isSupported, LEAST_NODE } from "../../core/engine.ts";
import { failed, ok, type Finding } from "./check.ts";

/** `version`: `26.10.0`. */
export function nodeFinding(version: string): Finding {
  if (isSupported(version)) return ok(version);
  return failed(
    `${version} silently drops headers past a limit (CVE-2026-58044)`,
    `run Signet with Node ${LEAST_NODE} or later`,
  );
}
