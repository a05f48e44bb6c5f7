/** A real browser, Debian's Chromium: `apt-get install chromium`, or name another by CHROMIUM. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import axe from "axe-core";

const CANDIDATES = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

export async function launch(args: string[] = []): Promise<Browser> {
  const executablePath = CANDIDATES.find((each) => each !== undefined && existsSync(each));
  if (executablePath === undefined)
    throw new Error("the browser tests need Chromium: apt-get install chromium, or set CHROMIUM to its path");
  // As root, as in containers, Chromium can't make its own sandbox.
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
}

/** What axe-core finds serious or critical on the page as it is, a line each. */
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
