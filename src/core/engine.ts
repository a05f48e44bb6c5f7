/**
 * Which Node can run Signet. The entry loads this file first, on any Node: it has no imports, and no syntax that Node 12
 * doesn't know.
 */

/** As in `engines` of package.json. */
export const LEAST_NODE = "24.18.1";

/** Why this Node can't run Signet; undefined if it can. `version`: `26.10.0`. */
export function engineProblem(version: string): string | undefined {
  if (isSupported(version)) return undefined;
  return "Node " + LEAST_NODE + " or later is required; this is Node " + version;
}

/** `version`: `26.10.0`. */
export function isSupported(version: string): boolean {
  const parts = partsOf(version);
  const least = partsOf(LEAST_NODE);
  const differing = least.findIndex((number, at) => parts[at] !== number);
  return differing < 0 || Number(parts[differing]) > Number(least[differing]);
}

function partsOf(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10));
}
