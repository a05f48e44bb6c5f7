import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { SignetError } from "../core/errors.ts";
import { openAudit } from "./writer.ts";
import { readCalls } from "./calls.ts";
import { all, intent, newFolder, options, outcome, refusal } from "./fixtures.ts";
import { scanRecords } from "./scan.ts";
import { verifyAudit } from "./verify.ts";

const DISK_BYTES = 2 * 1024 * 1024;
const RESERVE_BYTES = 128 * 1024;

/** A separate file system, if this machine allows mounting one. */
function mountedDisk(): string {
  const root = path.dirname(newFolder());
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", root], { stdio: "ignore" });
  onTestFinished(() => void execFileSync("umount", [root]));
  return path.join(root, "log");
}

/** A folder of limited size, simulated: system calls fail as on a full disk. */
function simulatedDisk(): string {
  const dir = newFolder();
  const root = path.dirname(dir);
  const free = () =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((left, entry) => left - fs.statSync(path.join(entry.parentPath, entry.name)).size, DISK_BYTES);
  const write = fs.writeSync as (fd: number, bytes: Uint8Array, offset: number, length: number) => number;
  const limited = (fd: number, bytes: Uint8Array, offset = 0, length = bytes.length - offset) => {
    const room = Math.min(free(), length);
    if (room <= 0)
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    return write(fd, bytes, offset, room);
  };
  vi.spyOn(fs, "writeSync").mockImplementation(limited as typeof fs.writeSync);
  const statfs = () => ({ bavail: free(), bsize: 1 });
  vi.spyOn(fs, "statfsSync").mockImplementation(statfs as unknown as typeof fs.statfsSync);
  return dir;
}

function canMount(): boolean {
  const dir = fs.mkdtempSync("/tmp/signet-mount-");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir], { stdio: "ignore" });
    execFileSync("umount", [dir]);
    return true;
  } catch {
    return false;
  } finally {
    fs.rmdirSync(dir);
  }
}

const disks: [string, () => string][] = [
  ...(canMount() ? [["mounted", mountedDisk] as [string, () => string]] : []),
  ["simulated", simulatedDisk],
];

afterEach(() => vi.restoreAllMocks());

describe.each(disks)("a full disk (%s)", (_name, newDisk) => {
  it("T20: refuses new calls, records how running ones end, and accepts calls again once there is room", async () => {
    const dir = newDisk();
    const ballast = path.join(path.dirname(dir), "ballast");
    fs.writeFileSync(ballast, Buffer.alloc(DISK_BYTES / 2));
    const troubles: Error[] = [];
    const audit = await openAudit(
      options(dir, { reserveBytes: RESERVE_BYTES, onTrouble: (error) => troubles.push(error) }),
    );

    const acknowledged: string[] = [];
    const refused: Error[] = [];
    for (let i = 0; audit.available(); i++) {
      const started = Array.from({ length: 10 }, (_, n) => `c${i}-${n}`).map(async (call) => {
        await audit.intent(intent(call, { content: "x".repeat(20_000) })).durable;
        acknowledged.push(call);
      });
      for (const result of await Promise.allSettled(started))
        if (result.status === "rejected") refused.push(result.reason as Error);
    }
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map((error) => (error as SignetError).code))).toEqual(
      new Set(["audit_unavailable"]),
    );
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(troubles).toHaveLength(1);

    for (const call of acknowledged) audit.outcome(outcome(call));
    audit.refusal(refusal("r1"));
    await vi.waitFor(() => expect(audit.stats().open).toBe(0), 10_000);
    expect(audit.available()).toBe(false);
    expect(() => audit.intent(intent("early"))).toThrow(
      expect.objectContaining({ code: "audit_unavailable" }),
    );
    expect((await verifyAudit(dir)).problems).toEqual([]);

    fs.rmSync(ballast);
    await vi.waitFor(() => expect(audit.available()).toBe(true), 10_000);
    await audit.intent(intent("late")).durable;
    audit.outcome(outcome("late"));
    await audit.close();

    const calls = await all(readCalls(dir));
    expect(calls.map(({ call }) => call)).toEqual([...acknowledged, "late"]);
    expect(calls.every((call) => call.outcome === "ok")).toBe(true);
    const records = (await all(scanRecords(dir))).map(({ record }) => record);
    const gap = records.find((record) => record.type === "gap");
    expect(gap).toMatchObject({ reason: expect.stringContaining("ENOSPC"), droppedRefusals: 1 });
    expect(gap!.refusedCalls).toBe(refused.length + 1);
    expect((await verifyAudit(dir)).problems).toEqual([]);
  });

  it("can be closed while full, and its end is signed", async () => {
    const dir = newDisk();
    const audit = await openAudit(options(dir, { reserveBytes: RESERVE_BYTES }));
    while (audit.available())
      await audit.intent(intent("big", { content: "x".repeat(200_000) })).durable.catch(() => {});
    await audit.close();

    const types = (await all(scanRecords(dir))).slice(-3).map(({ record }) => record.type);
    expect(types).toEqual(["gap", "stop", "checkpoint"]);
    expect((await verifyAudit(dir)).problems).toEqual([]);
  });

  it("is reported at startup", async () => {
    const dir = newDisk();
    const reserveBytes = DISK_BYTES;
    await expect(openAudit(options(dir, { reserveBytes }))).rejects.toMatchObject({
      code: "audit_unavailable",
    });
  });
});
