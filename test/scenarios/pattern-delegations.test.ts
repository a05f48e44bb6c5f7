/** A delegation of a whole geography, by the commands of the guide: from its template to active without further flags. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Verification } from "../../src/core/verification.ts";
import { signet as run } from "../support/command.ts";

const ACCOUNT = "111122223333";
let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;

beforeAll(async () => {
  // After the ends of Claude 3, 3.5 and 4, which AWS answers as such.
  sandbox = await startSandbox({ today: "2026-12-01" });
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
  await signet(`delegation create ${name} --account ${ACCOUNT} --region ${region} --model '${pattern}'`);
  const template = path.join(cwd, `${name}.json`);
  writeFileSync(template, await signet(`delegation template ${name} --format json`));
  await signet(`sandbox make-role ${template} --account ${ACCOUNT} --url ${sandbox.url}`);
  const verified = JSON.parse(await signet(`delegation verify ${name} --json`)) as Verification & {
    state: string;
  };
  expect(verified).toMatchObject({ verdict: "pass", state: "active" });
  const called = verified.probes.filter(({ probe }) => probe.startsWith("call:"));
  expect(called.length).toBeGreaterThan(0);
  expect(called.every(({ status }) => status === "pass")).toBe(true);
});
