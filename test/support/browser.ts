/** A real browser, Debian's Chromium (`apt-get install chromium`), or the one whose path CHROMIUM names. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import axe from "axe-core";

const NAMED = process.env["CHROMIUM"];
const CANDIDATES =
  NAMED === undefined
    ? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    : [NAMED];

/** The browser, if there is one. */
export const BROWSERS = CANDIDATES.filter((each) => existsSync(each)).slice(0, 1);

/** For a test that reports what is missing: no browser is fine, but a named one must exist. */
export const ABSENT = BROWSERS.length === 0 ? [NAMED ?? "none named"] : [];

export async function launch(args: string[] = []): Promise<Browser> {
  const [executablePath = ""] = BROWSERS;
  // As root, as in containers, Chromium can't make its own sandbox.
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
}

/** Serious or critical findings of axe-core on the page, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
    );
}
