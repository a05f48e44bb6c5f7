/** Turns one probe into a result: what must hold, what was sent, what AWS answered, and how long it took. */
import type { Clock } from "../core/clock.ts";
import type { Cause, Fix, ProbeResult, ProbeStatus } from "../core/verification.ts";

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
  fix?: Fix;
}

/** Where results go, and the clock that times them. */
export interface Report {
  clock: Clock;
  add(result: ProbeResult): void;
}

/** Runs one probe and reports it. Throws only for a defect in Signet, never for AWS's answer. */
export async function probed(
  report: Report,
  subject: Subject,
  run: () => Promise<Finding>,
): Promise<Finding> {
  const add = timed(report);
  const finding = await run();
  add(subject, finding);
  return finding;
}

/** As `probed`, where only the run shows what the probe is about. Reports nothing if it came to nothing. */
export async function probedAs(
  report: Report,
  run: () => Promise<{ subject: Subject; finding: Finding } | undefined>,
): Promise<Finding | undefined> {
  const add = timed(report);
  const found = await run();
  if (found) add(found.subject, found.finding);
  return found?.finding;
}

function timed(report: Report) {
  const startedAt = report.clock.monotonic();
  return (subject: Subject, finding: Finding) => {
    const milliseconds = Math.round(report.clock.monotonic() - startedAt);
    report.add({ ...subject, ...finding, milliseconds });
  };
}

export function passed(answer: string): Finding {
  return { status: "pass", answer };
}

/** Reports a probe that wasn't sent because it would have proven nothing. */
export function notTried(report: Report, subject: Omit<Subject, "sent">, why: string): void {
  report.add({ ...subject, sent: null, status: "unknown", answer: `not tried: ${why}`, milliseconds: 0 });
}
