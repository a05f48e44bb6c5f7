/** One check of the installation: what was found, and a fix for each problem. */
import type { Installation } from "./installation.ts";

export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

export interface Finding {
  status: CheckStatus;
  /** What was found, or why the check was skipped. Never a secret. */
  seen: string;
  /** For a warning or a failure. */
  fix?: string;
}

export interface Check {
  name: string;
  /** One finding for each thing looked at, for instance for each region. */
  run(installation: Installation): Promise<Finding[]>;
  /** The fix if it times out. */
  overdue: string;
}

export function ok(seen: string): Finding {
  return { status: "ok", seen };
}

export function warning(seen: string, fix: string): Finding {
  return { status: "warning", seen, fix };
}

export function failed(seen: string, fix: string): Finding {
  return { status: "failed", seen, fix };
}

export function skipped(seen: string): Finding {
  return { status: "skipped", seen };
}
