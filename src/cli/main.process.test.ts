/** `signet` as a process: its exit status, its streams, and a reader that leaves. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ENTRY, PROCESS_ENV, spawnSignet } from "../../test/support/process.ts";

const CREATE =
  "delegation create acme --account 111122223333 --role-name signet --region us-east-1 --model '*' " +
  "--principal arn:aws:iam::123456789012:user/signet";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), "signet-main-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const signet = (line: string, input?: string) => spawnSignet(line, { cwd, env: {}, ...(input && { input }) });

describe("signet as a process", () => {
  it("exits with 0 on success, 1 on failure, 2 on wrong usage", async () => {
    const well = await signet("--version");
    expect(well).toEqual({ status: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
    const failed = await signet("key list");
    expect(failed).toMatchObject({ status: 1, out: "" });
    expect(failed.err).toMatch(
      /^signet: no store exists at .*\nsignet: `signet delegation create` creates it/,
    );
    const wrong = await signet("frob");
    expect(wrong).toMatchObject({ status: 2, out: "", err: expect.stringContaining("--help") });
  });

  it("prints results that a shell can use, and reads standard input", async () => {
    expect((await signet(CREATE)).status).toBe(0);
    const { out } = await signet("delegation template acme --format cli");
    expect(out).toContain("aws iam create-role");
    expect(spawnSync("sh", ["-n"], { input: out }).status).toBe(0);
    const { out: policy } = await signet("policy trust acme");
    expect(await signet("policy lint - --delegation acme", policy)).toMatchObject({ status: 0 });
    const open = policy.replace("sts:ExternalId", "aws:SourceIp");
    const lint = await signet("policy lint - --delegation acme", open);
    expect(lint).toMatchObject({ status: 1, out: expect.stringContaining("external_id_missing") });
  });

  it("succeeds if its reader stops early", async () => {
    const child = spawn(process.execPath, [ENTRY, "--help"], { cwd, env: PROCESS_ENV });
    child.stdout.destroy();
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    expect(await once(child, "close")).toEqual([0, null]);
    expect(err).toBe("");
  });
});
