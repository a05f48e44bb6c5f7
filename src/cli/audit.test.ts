import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { signet, type Ended } from "../../test/support/command.ts";
import { closedLog, newFolder } from "../audit/fixtures.ts";
import { listSegments } from "../audit/segments.ts";

/** Runs `signet audit …` on the log in `dir`. */
function signetAudit(dir: string, ...words: string[]): Promise<Ended> {
  return signet(`audit ${words.join(" ")}`, { cwd: dir, env: { SIGNET_AUDIT_DIR: dir } });
}

describe("signet audit", () => {
  it("verify exits with 0 on an unaltered log, 1 on an altered one, 2 without a log", async () => {
    const dir = newFolder();
    await closedLog(dir, 3);
    const good = await signetAudit(dir, "verify");
    expect(good).toMatchObject({ status: 0, err: "" });
    expect(good.out).toMatch(/^ok {2}\d+ records in 1 segment, \d+ valid checkpoints; complete up to record/);

    const [segment] = listSegments(dir);
    fs.writeFileSync(segment!.path, fs.readFileSync(segment!.path, "utf8").replace("billing", "someone"));
    const bad = await signetAudit(dir, "verify");
    expect(bad.status).toBe(1);
    expect(bad.out).toContain(`${segment!.name}:3  record 3  edited:`);
    expect(JSON.parse((await signetAudit(dir, "verify", "--json")).out)).toMatchObject({ ok: false });

    const none = await signetAudit(dir, "verify", "--dir", path.join(dir, "nowhere", "log"));
    expect(none.status).toBe(2);
    expect(none.err).toMatch(/^signet audit: there is no audit log in /);
  });

  it("exits with 2 on wrong usage", async () => {
    expect((await signetAudit("/", "verify", "--since", "tomorrow")).status).toBe(2);
    expect((await signetAudit("/", "export", "--format", "xml")).status).toBe(2);
    expect((await signetAudit("/", "tail", "-n", "0")).status).toBe(2);
    expect((await signetAudit("/", "verify", "--help")).status).toBe(0);
  });

  it("tail shows the latest calls, one per line under a heading", async () => {
    const dir = newFolder();
    await closedLog(dir, 30);
    const lines = (await signetAudit(dir, "tail", "-n", "3")).out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^TIME +OUTCOME +STATUS +CLIENT/);
    expect(lines.slice(1).map((line) => line.split(/ +/).at(-1))).toEqual(["call-27", "call-28", "call-29"]);
    expect(lines[1]).toMatch(/ ok +200 +billing +prod +ConverseStream +amazon\.nova-lite-v1:0 +12\/34 +480 /);

    const json = (await signetAudit(dir, "tail", "--json")).out.trimEnd().split("\n");
    expect(json).toHaveLength(20);
    expect(JSON.parse(json[19]!)).toMatchObject({ call: "call-29", outcome: "ok" });
  });

  it("show prints everything about one call, and exits with 1 if there is no such call", async () => {
    const dir = newFolder();
    await closedLog(dir, 3);
    const shown = await signetAudit(dir, "show", "call-1");
    expect(shown.status).toBe(0);
    expect(shown.out).toMatch(/^upstreamRequestId +aws-call-1$/m);
    expect(shown.out).toMatch(/^records +\d+, \d+$/m);
    expect(await signetAudit(dir, "show", "call-9")).toMatchObject({ status: 1, out: "" });
  });

  it("export writes the selected calls", async () => {
    const dir = newFolder();
    await closedLog(dir, 3);
    const rows = (await signetAudit(dir, "export", "--format", "csv")).out.trimEnd().split("\r\n");
    expect(rows).toHaveLength(4);
    expect(JSON.parse((await signetAudit(dir, "export")).out)).toHaveLength(3);
    expect(JSON.parse((await signetAudit(dir, "export", "--client", "nobody")).out)).toEqual([]);
    expect(JSON.parse((await signetAudit(dir, "export", "--since", "2026-11-24")).out)).toEqual([]);
  });
});
