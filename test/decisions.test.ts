/** Decisions have one form, and the index lists each as it is. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const FOLDER = path.resolve(import.meta.dirname, "../docs/decisions");
const SECTIONS = ["Context", "Decision", "Alternatives considered", "Consequences"];
const HEAD =
  /^# (?<number>\d{4}): (?<title>\S.*)\n\n- Date: (?<date>\d{4}-\d{2}-\d{2})\n- Status: (?<status>accepted|superseded by \[\d{4}\]\(\S+\))\n\n## /;

const files = readdirSync(FOLDER).filter((name) => name !== "README.md");
const index = readFileSync(path.join(FOLDER, "README.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("- ["));

describe.each(files)("decision %s", (file) => {
  const text = readFileSync(path.join(FOLDER, file), "utf8");
  const { number = "", title, date, status } = HEAD.exec(text)?.groups ?? {};

  it("has a number, a title, a date, a status and the four sections, none of them empty", () => {
    expect(file.startsWith(`${number}-`), "its name begins with its number").toBe(true);
    expect(title).toBeDefined();
    const sections = text.split(/^## /m).slice(1);
    expect(sections.map((section) => section.split("\n", 1)[0])).toEqual(SECTIONS);
    for (const section of sections) expect(section.split("\n").slice(1).join("").trim()).not.toBe("");
  });

  it("is in the index", () => {
    expect(index).toContain(`- [${number}](${file}): ${title} (${date}, ${status})`);
  });
});

it("has each number once, and an index of these files only", () => {
  expect(new Set(files.map((file) => file.slice(0, 4))).size).toBe(files.length);
  expect(index.map((line) => /\((\S+?)\)/.exec(line)?.[1])).toEqual(files);
});
