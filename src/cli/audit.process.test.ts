import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { closedLog, newFolder } from "../audit/fixtures.ts";
import { listSegments } from "../audit/segments.ts";

/** Runs `signet audit …` as its own process, with `dir` as the configured folder. */
function signetAudit(
  dir: string,
  ...args: string[]
): { status: number | null; stdout: string; stderr: string } {
  const script = `
    import { auditCommand } from ${JSON.stringify(path.join(import.meta.dirname, "audit.ts"))};
    import { systemClock } from ${JSON.stringify(path.join(import.meta.dirname, "../core/clock.ts"))};
    await auditCommand(systemClock, () => ${JSON.stringify(dir)}).parseAsync(process.argv.slice(1), { from: "user" });`;
  const env = { ...process.env, NO_COLOR: "1" };
  return spawnSync(process.execPath, ["--input-type=module", "-e", script, "--", ...args], {
    encoding: "utf8",
    env,
  });
}

describe("signet audit", () => {
  it("verify exits 0 on a log as it was written, 1 on any other, 2 where there is none", async () => {
    const dir = newFolder();
    await closedLog(dir, 3);
    const good = signetAudit(dir, "verify");
    expect(good).toMatchObject({ status: 0, stderr: "" });
    expect(good.stdout).toMatch(
      /^ok {2}\d+ records in 1 segment, \d+ valid checkpoints; complete up to record/,
    );

    const [segment] = listSegments(dir);
    fs.writeFileSync(segment!.path, fs.readFileSync(segment!.path, "utf8").replace("billing", "someone"));
    const bad = signetAudit(dir, "verify");
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain(`${segment!.name}:3  record 3  edited:`);
    expect(JSON.parse(signetAudit(dir, "verify", "--json").stdout)).toMatchObject({ ok: false });

    const none = signetAudit(dir, "verify", "--dir", path.join(dir, "nowhere", "log"));
    expect(none.status).toBe(2);
    expect(none.stderr).toMatch(/^signet audit: ENOENT/);
  });

  it("tells wrong usage with 2", () => {
    expect(signetAudit("/", "verify", "--since", "tomorrow").status).toBe(2);
    expect(signetAudit("/", "export", "--format", "xml").status).toBe(2);
    expect(signetAudit("/", "tail", "-n", "0").status).toBe(2);
    expect(signetAudit("/", "verify", "--help").status).toBe(0);
  });

  it("tail shows the latest calls, one a line under a heading", async () => {
    const dir = newFolder();
    await closedLog(dir, 30);
    const lines = signetAudit(dir, "tail", "-n", "3").stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^TIME +OUTCOME +STATUS +CLIENT/);
    expect(lines.slice(1).map((line) => line.split(/ +/).at(-1))).toEqual(["call-27", "call-28", "call-29"]);
    expect(lines[1]).toMatch(/ ok +200 +billing +prod +ConverseStream +amazon\.nova-lite-v1:0 +12\/34 +480 /);

    const json = signetAudit(dir, "tail", "--json").stdout.trimEnd().split("\n");
    expect(json).toHaveLength(20);
    expect(JSON.parse(json[19]!)).toMatchObject({ call: "call-29", outcome: "ok" });
  });

  it("show tells all of one call, and exits 1 where there is no such call", async () => {
    const dir = newFolder();
    await closedLog(dir, 3);
    const shown = signetAudit(dir, "show", "call-1");
    expect(shown.status).toBe(0);
    expect(shown.stdout).toMatch(/^upstreamRequestId +aws-call-1$/m);
    expect(shown.stdout).toMatch(/^records +\d+, \d+$/m);
    expect(signetAudit(dir, "show", "call-9")).toMatchObject({ status: 1, stdout: "" });
  });

  it("export writes what was asked for", async () => {
    const dir = newFolder();
    await closedLog(dir, 3);
    const rows = signetAudit(dir, "export", "--format", "csv").stdout.trimEnd().split("\r\n");
    expect(rows).toHaveLength(4);
    expect(JSON.parse(signetAudit(dir, "export").stdout)).toHaveLength(3);
    expect(JSON.parse(signetAudit(dir, "export", "--client", "nobody").stdout)).toEqual([]);
    expect(JSON.parse(signetAudit(dir, "export", "--since", "2026-11-24").stdout)).toEqual([]);
  });
});
