/** How one probe becomes a result: what must hold, what was sent, what AWS answered, and the time it took. */
import type { Cause, Mend, ProbeResult, ProbeStatus } from "../core/verification.ts";

export interface Subject {
  /** Stable, for programs. */
  probe: string;
  /** What must hold. */
  title: string;
  required: boolean;
  sent: string | null;
}

export interface Finding {
  status: ProbeStatus;
  answer: string;
  cause?: Cause;
  mend?: Mend;
}

export type Report = (result: ProbeResult) => void;

/** Runs one probe and reports it. What it throws is a defect of Signet's, never AWS's answer. */
export async function probed(
  report: Report,
  subject: Subject,
  run: () => Promise<Finding>,
): Promise<Finding> {
  const startedAt = performance.now();
  const finding = await run();
  report({ ...subject, ...finding, milliseconds: Math.round(performance.now() - startedAt) });
  return finding;
}

export function passed(answer: string): Finding {
  return { status: "pass", answer };
}

/** Nothing was sent: it would have proven nothing. */
export function notTried(report: Report, subject: Omit<Subject, "sent">, why: string): void {
  report({ ...subject, sent: null, status: "unknown", answer: `not tried: ${why}`, milliseconds: 0 });
}
