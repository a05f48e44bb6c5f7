/** `signet alias` at the command line: what it accepts and rejects, and its immediate effect on callers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { signet as run, type Ended } from "../support/command.ts";

vi.setConfig({ testTimeout: 300_000 });

const HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0";
let cwd: string;

beforeEach(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), "signet-alias-"));
  await signet(`delegation create acme --account 111122223333 --region us-east-1 --model ${HAIKU}`);
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const signet = (line: string): Promise<Ended> => run(line, { cwd, env: {} });

describe("signet alias", () => {
  it("sets, changes, lists and removes names, each change recorded", async () => {
    expect((await signet(`alias set acme haiku ${HAIKU} --json`)).status).toBe(0);
    const set = await signet(
      `alias set acme haiku us.amazon.nova-lite-v1:0 --base amazon.nova-lite-v1:0 --upstream bedrock-runtime --json`,
    );
    const entry = {
      name: "haiku",
      model: "us.amazon.nova-lite-v1:0",
      base: "amazon.nova-lite-v1:0",
      upstream: "bedrock-runtime",
    };
    expect(JSON.parse(set.out)).toEqual([entry]);
    expect((await signet("alias list acme")).out).toContain("us.amazon.nova-lite-v1:0");
    expect(JSON.parse((await signet("alias remove acme haiku --json")).out)).toEqual([]);
    expect((await signet("alias remove acme haiku")).err).toContain('there is no alias "haiku"');
  });

  it("allows bedrock-mantle in the role, but never with a required guardrail", async () => {
    expect((await signet("delegation edit acme --bedrock-mantle")).status).toBe(0);
    expect((await signet("policy role acme")).out).toContain("bedrock-mantle:CreateInference");
    const set = await signet("alias set acme oss openai.gpt-oss-20b --upstream bedrock-mantle --json");
    expect(JSON.parse(set.out)).toMatchObject([{ name: "oss", upstream: "bedrock-mantle" }]);
    const both = await signet("delegation edit acme --require-guardrail gr4ilabc");
    expect([both.status, both.err.includes("required guardrail")]).toEqual([1, true]);
  });

  it.each([
    ["alias set acme 'a b' amazon.nova-lite-v1:0", "name"],
    ["alias set acme all amazon.*", "one model"],
    ["alias set acme g guardrail/abc", "one model"],
    ["alias set acme x arn:aws:bedrock:us-east-1:999999999999:provisioned-model/abc", "account"],
    ["alias set acme oss openai.gpt-oss-20b --upstream bedrock-mantle", "--bedrock-mantle"],
    ["alias set nobody x amazon.nova-lite-v1:0", "there is no delegation"],
  ])("%s is refused by name", async (line, why) => {
    const { status, err } = await signet(line);
    expect([status, err.includes(why)]).toEqual([1, true]);
  });
});
