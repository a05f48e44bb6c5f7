/** One check of the installation: what was seen, and for trouble what mends it. */
import type { Installation } from "./installation.ts";

export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

export interface Finding {
  status: CheckStatus;
  /** What was seen, or why nothing was looked at. Never a secret. */
  seen: string;
  /** Of a warning or a failure. */
  mend?: string;
}

export interface Check {
  name: string;
  /** One finding for each thing looked at, for instance for each region. */
  run(installation: Installation): Promise<Finding[]>;
  /** The mend where it did not end in time. */
  overdue: string;
}

export function ok(seen: string): Finding {
  return { status: "ok", seen };
}

export function warning(seen: string, mend: string): Finding {
  return { status: "warning", seen, mend };
}

export function failed(seen: string, mend: string): Finding {
  return { status: "failed", seen, mend };
}

export function skipped(seen: string): Finding {
  return { status: "skipped", seen };
}
