/** One check of the installation: what was seen, and for trouble what mends it. */
import type { Config } from "../../config/schema.ts";

export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

export interface Finding {
  status: CheckStatus;
  /** What was seen, or why nothing was looked at. */
  seen: string;
  mend?: string;
}

export interface Check {
  name: string;
  run(config: Config): Promise<Finding[]>;
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

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const inner = cause instanceof Error ? cause : error;
  const code = "code" in inner && typeof inner.code === "string" ? `${inner.code}: ` : "";
  return `${code}${inner.message || inner.name}`;
}
