/** For tests: one check on real settings, its findings as lines. */
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { loadConfig } from "../../config/load.ts";
import { systemClock } from "../../core/clock.ts";
import type { Check } from "./check.ts";
import { survey } from "./installation.ts";

export function newFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), "signet-doctor-"));
}

/** `status | what was seen | fix`, one for each finding; the data folder is `<cwd>/signet-data`. */
export async function findingsOf(
  check: Check,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<string[]> {
  const installation = survey(loadConfig({ env, cwd }), { env, clock: systemClock });
  const findings = await check.run(installation);
  await Promise.all([installation.stored, installation.sts, installation.port]);
  return findings.map(({ status, seen, fix }) =>
    [status, seen, fix].filter((part) => part !== undefined).join(" | "),
  );
}
