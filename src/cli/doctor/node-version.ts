/** Node's own version. */
import { failed, ok, type Finding } from "./check.ts";

/** As `engines` in package.json says. */
export const LEAST_NODE = "24.18.1";

/** `version`: `26.10.0`. */
export function nodeFinding(version: string): Finding {
  const parts = partsOf(version);
  const least = partsOf(LEAST_NODE);
  const differing = least.findIndex((number, at) => parts[at] !== number);
  if (differing < 0 || (parts[differing] ?? 0) > (least[differing] ?? 0)) return ok(version);
  return failed(
    `${version} drops headers past a limit without a word (CVE-2026-58044)`,
    `run Signet with Node ${LEAST_NODE} or later`,
  );
}

function partsOf(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10));
}
