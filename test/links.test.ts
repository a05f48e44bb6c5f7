/** Every relative link in the documentation leads somewhere, in a clone and in the published package. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "..");
const LINK = /\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)/g;

/** A path in code, from the root: `src/store/schema.ts`, `test/browser/`. */
const PATH = /(?<=[ `])((?:src|test|docs|bench|console|sandbox|deploy|examples)\/[\w./-]*\w\/?)(?=[` ,:)])/g;

const pages = globSync("**/*.md", {
  cwd: ROOT,
  exclude: (name) => /(?:^|\/)(?:node_modules|dist|signet-data)$/.test(name),
});

/** As GitHub makes them: lower case, spaces to hyphens, punctuation left out. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The links of a page as paths from the root, examples in code left out. */
function linksOf(page: string): { target: string; anchor: string | undefined }[] {
  const text = readFileSync(path.join(ROOT, page), "utf8").replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...text.matchAll(LINK)].map(([, link = "", anchor]) => {
    const target = link === "" ? page : path.join(path.dirname(page), decodeURIComponent(link));
    return { target, anchor };
  });
}

describe.each(pages)("%s", (page) => {
  it("links to files and headings that exist", () => {
    const broken = linksOf(page).filter(({ target, anchor }) => {
      const file = path.join(ROOT, target);
      if (!existsSync(file)) return true;
      return (
        anchor !== undefined &&
        !statSync(file).isDirectory() &&
        !anchorsOf(readFileSync(file, "utf8")).includes(anchor)
      );
    });
    expect(broken).toEqual([]);
  });
});

it.each(["CONTRIBUTING.md", "RELEASING.md"])("%s names files that exist", (page) => {
  const named = [...readFileSync(path.join(ROOT, page), "utf8").matchAll(PATH)].map(([, file = ""]) => file);
  expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});

describe("the published package", () => {
  const { files } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { files: string[] };
  const isPacked = (file: string) =>
    /^(?:package\.json|README\.md|LICENSE)$/.test(file) ||
    files.some((entry) => file === entry || file.startsWith(`${entry}/`));

  it("contains the pages that its own pages link to", () => {
    const missing = pages
      .filter(isPacked)
      .flatMap((page) => linksOf(page).map(({ target }) => ({ page, target: path.normalize(target) })))
      .filter(({ target }) => !isPacked(target.replace(/\/$/, "")));
    expect(missing).toEqual([]);
  });
});
