/** How `signet` starts: on a Node that is too old, and with compiled code from an earlier start. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ENTRY, PROCESS_ENV, spawnSignet } from "../../test/support/process.ts";
import { LEAST_NODE } from "../core/engine.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), "signet-start-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe("the start of signet", () => {
  it.each(["--version", "key list", "serve", "frob"])(
    "on an old Node ends with one line and status 1: signet %s",
    async (command) => {
      const versions = `{ ...process.versions, node: "20.20.2" }`;
      const older = `data:text/javascript,Object.defineProperty(process, "versions", { value: ${versions} })`;
      const words = ["--import", older, ENTRY, ...command.split(" ")];
      await expect(
        promisify(execFile)(process.execPath, words, { cwd, env: PROCESS_ENV }),
      ).rejects.toMatchObject({
        code: 1,
        stdout: "",
        stderr: `signet: Node ${LEAST_NODE} or later is required; this is Node 20.20.2\n`,
      });
    },
  );

  it("keeps compiled code in the user's cache folder, readable only by the user", async () => {
    const version = await spawnSignet("--version", {
      cwd,
      env: { XDG_CACHE_HOME: path.join(cwd, "caches") },
    });
    expect(version).toMatchObject({ status: 0, err: "" });
    const folder = path.join(cwd, "caches", "signet");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const [ofThisNode = ""] = readdirSync(folder);
    expect(readdirSync(path.join(folder, ofThisNode)).length).toBeGreaterThan(10);
  });

  it("keeps nothing if the folder can't be created", async () => {
    const { status, out, err } = await spawnSignet("--version", {
      cwd,
      env: { XDG_CACHE_HOME: path.join(cwd, "missing", "caches") },
    });
    expect([status, err]).toEqual([0, ""]);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
