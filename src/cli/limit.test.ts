/** `signet limit` and `signet prices` as the real program, and the exact commands of the guide to limits. */
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signet, type Ended } from "../../test/support/command.ts";
import { loadPrices } from "../prices/file.ts";

const GUIDE = readFileSync(path.join(import.meta.dirname, "../../docs/limits.md"), "utf8");

let cwd: string;
let keyId: string;
const run = (line: string, env: Record<string, string> = {}): Promise<Ended> => signet(line, { cwd, env });

async function shown(line: string): Promise<string> {
  const { status, out, err } = await run(line);
  expect([line, status, status === 0 ? "" : err]).toEqual([line, 0, ""]);
  return out;
}

beforeAll(async () => {
  cwd = mkdtempSync(path.join(os.tmpdir(), "signet-limit-"));
  const role = "--role-arn arn:aws:iam::111122223333:role/signet --region us-east-1";
  const principal = "--principal arn:aws:iam::123456789012:user/signet";
  await shown(`delegation create acme ${role} ${principal} --model us.anthropic.claude-*`);
  await shown("client add billing --delegation acme");
  const created = await shown("key create billing --json");
  keyId = (JSON.parse(created) as { id: string }).id;
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe("signet limit", () => {
  it("works as in the guide's first commands", async () => {
    const [, commands = ""] = /```\n(signet limit [^`]*)```/.exec(GUIDE) ?? [];
    const lines = commands.trim().split("\n");
    expect(lines.length).toBeGreaterThan(3);
    const outputs: string[] = [];
    for (const line of lines)
      outputs.push(await shown(line.replace(/^signet /, "").replace(/key\/\w+/, `key/${keyId}`)));
    expect(outputs[3]).toMatch(
      /^requests per minute +60\ntokens per minute +200000\nconcurrent calls +10\n$/,
    );
    expect(outputs[4]).toBe("no limits\n");
    expect(JSON.parse(await shown("limit show delegation/acme --json"))).toEqual({
      costPerMonth: 2000,
      warnAtPercent: 75,
    });
  });

  it("rejects an invalid subject or number, and an unknown client", async () => {
    for (const [line, words] of [
      ["limit set acme --tokens-per-day 5", "the subject must be delegation/NAME"],
      ["limit set client/billing --tokens-per-day many", "must be a number above 0"],
      ["limit set client/billing --tokens-per-day 0", "must be a whole number above 0"],
      ["limit set client/billing", "at least one limit"],
      ["limit set client/nobody --tokens-per-day 5", "nobody"],
    ] as const) {
      const { status, err } = await run(line);
      expect([line, status === 0]).toEqual([line, false]);
      expect(err).toContain(words);
    }
  });
});

describe("signet prices", () => {
  it("lists the operator's rows before the built-in ones", async () => {
    const [, yaml = ""] = /```yaml\n(.*?)```/s.exec(GUIDE) ?? [];
    const file = path.join(cwd, "prices.yaml");
    writeFileSync(file, yaml);
    expect(loadPrices(file).entries[0]).toMatchObject({
      input: 3.1,
      regions: ["eu-*"],
      source: "prices.yaml",
    });
    const { out } = await run("prices", { SIGNET_PRICES_FILE: file });
    const [heading, first, above, second, third] = out.split("\n");
    expect(heading).toMatch(
      /^MODEL +REGIONS +TIER +ABOVE +INPUT +OUTPUT +CACHE READ +CACHE WRITE +FOR AN HOUR +SOURCE$/,
    );
    expect(first).toMatch(
      /^\*anthropic\.claude-sonnet-4-5\* +eu-\* +default +3\.1 +15\.5 +0\.31 +3\.875 +6\.2 +prices\.yaml$/,
    );
    expect(above).toMatch(/ default +200,000 +6\.2 +23\.25 +0\.62 +7\.75 +unknown +prices\.yaml$/);
    expect(second).toMatch(/ flex +0\.5 +2\.5 +unknown +unknown +unknown +prices\.yaml$/);
    expect(third).toMatch(/ litellm [\d.]+$/);
  });

  it("lists only the models that are asked for", async () => {
    const { out } = await run("prices us.anthropic.claude-haiku-5-5");
    const [, ...rows] = out.trimEnd().split("\n");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^us\.anthropic\.claude-haiku-5-5 +\* +default +0\.11 /);
    expect(rows[1]).toMatch(/^us\.anthropic\.claude-haiku-5-5 +\* +default +100,000 +0\.55 /);
    expect((await run("prices no.such-model")).out.trimEnd().split("\n")).toHaveLength(1);
  });

  it("reports all problems of a file together", async () => {
    const file = path.join(cwd, "wrong.yaml");
    writeFileSync(file, "prices: [{ model: a, input: -1, output: b }]");
    const { status, err } = await run("prices", { SIGNET_PRICES_FILE: file });
    expect(status).not.toBe(0);
    expect(err).toContain("prices.0.input: must not be negative");
    expect(err).toContain("prices.0.output: must be US dollars");
  });
});
