/** Signet's version, as package.json has it. */
import { readFileSync } from "node:fs";

function findVersion(): string {
  // Two folders up in the source, three in the published build.
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const found: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
      if (typeof found === "object" && found !== null && "version" in found) return String(found.version);
    } catch {
      continue;
    }
  }
  return "unknown";
}

export const VERSION = findVersion();
