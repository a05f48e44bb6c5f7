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

/**
 * An error in one line, its system code first. The lines that follow are left out: AWS's text about a wrong signature
 * repeats the whole request there, with its session token.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const inner = cause instanceof Error ? cause : error;
  const code = codeOf(inner);
  const [text = ""] = (inner.message || inner.name).split("\n", 1);
  return code === undefined || text.includes(code) ? text : `${code}: ${text}`;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
