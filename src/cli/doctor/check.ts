/** One check of the installation: what was seen, and for trouble what fixes it. */
import type { Installation } from "./installation.ts";

export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

export interface Finding {
  status: CheckStatus;
  /** What was seen, or why nothing was looked at. Never a secret. */
  seen: string;
  /** Of a warning or a failure. */
  fix?: string;
}

export interface Check {
  name: string;
  /** One finding for each thing looked at, for instance for each region. */
  run(installation: Installation): Promise<Finding[]>;
  /** The fix where it did not end in time. */
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
