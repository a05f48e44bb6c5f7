/** A delegation of a whole geography, by the commands of the guide: from its template to active without further flags. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { profilesIn } from "../../sandbox/bedrock/catalogue.ts";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Verification } from "../../src/core/verification.ts";
import { signet as run } from "../support/command.ts";

/** Those of the sandbox that can still be called on its day. */
const TODAY = "2026-12-01";
const US = profilesIn("us-east-1")
  .filter(({ id, model: { endOfLife = "9999" } }) => id.startsWith("us.") && endOfLife > TODAY)
  .map(({ id }) => id);

const ACCOUNT = "111122223333";
let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;

beforeAll(async () => {
  // After the ends of Claude 3, 3.5 and 4, which AWS answers as such.
  sandbox = await startSandbox({ today: TODAY });
  cwd = mkdtempSync(path.join(tmpdir(), "signet-patterns-"));
  const base = seedDefaults(sandbox);
  env = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
  };
});
afterAll(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function signet(line: string): Promise<string> {
  const { out, err, status } = await run(line, { cwd, env });
  expect([line, status, status === 0 ? "" : `${out}${err}`]).toEqual([line, 0, ""]);
  return out;
}

it.each([
  ["us.anthropic.*", "us-east-1"],
  ["us.*", "us-east-1"],
  ["jp.*", "ap-northeast-1"],
  ["global.anthropic.*", "us-east-1"],
  ["us.meta.*", "us-east-1"],
  ["eu.*", "eu-central-1"],
  ["*.anthropic.*", "us-east-1"],
  ["*", "us-east-1"],
])("%s in %s", async (pattern, region) => {
  const name = pattern.replaceAll(/[^a-z]+/g, "-").replace(/^-|-$/g, "") || "all";
  expect(await verified(name, `--region ${region} --model '${pattern}'`)).toEqual(ACTIVE);
});

it.each([
  ["twelve profiles by name", "twelve", ["us-east-1"], US.slice(0, 12)],
  [
    "three geographies of a vendor in three regions",
    "three",
    ["us-east-1", "us-west-2", "eu-central-1"],
    ["us.anthropic.*", "eu.anthropic.*", "global.anthropic.*"],
  ],
])("%s", async (_, name, regions, models) => {
  const also = regions.map((region) => `--grant-region ${region}`);
  const named = models.map((model) => `--model '${model}'`);
  const options = [`--region ${regions[0]}`, ...also, ...named].join(" ");
  expect(await verified(name, options)).toEqual(ACTIVE);
});

const ACTIVE = { verdict: "pass", state: "active", calls: "pass" };

/** Makes a delegation's role from its template, and verifies it. `calls`: what each call came to, if all the same. */
async function verified(name: string, options: string) {
  await signet(`delegation create ${name} --account ${ACCOUNT} ${options}`);
  const template = path.join(cwd, `${name}.json`);
  writeFileSync(template, await signet(`delegation template ${name} --format json`));
  await signet(`sandbox make-role ${template} --account ${ACCOUNT} --url ${sandbox.url}`);
  const { verdict, state, probes } = JSON.parse(
    await signet(`delegation verify ${name} --json`),
  ) as Verification & { state: string };
  const called = probes.filter(({ probe }) => probe.startsWith("call:")).map(({ status }) => status);
  return { verdict, state, calls: [...new Set(called)].join() };
}
