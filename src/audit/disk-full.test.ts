import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { openAudit } from "./audit.ts";
import { readCalls } from "./calls.ts";
import { intent, newFolder, options, outcome, refusal } from "./fixtures.ts";
import { scanRecords } from "./scan.ts";
import { verifyAudit } from "./verify.ts";

const DISK_BYTES = 2 * 1024 * 1024;
const RESERVE_BYTES = 128 * 1024;

/** A file system of its own, where this machine lets us mount one. */
function mountedDisk(): string {
  const root = path.dirname(newFolder());
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", root], { stdio: "ignore" });
  onTestFinished(() => void execFileSync("umount", [root]));
  return path.join(root, "log");
}

/** A folder of limited size: the system's calls are answered as they are on a full disk. */
function simulatedDisk(): string {
  const dir = newFolder();
  const root = path.dirname(dir);
  const free = () =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((left, entry) => left - fs.statSync(path.join(entry.parentPath, entry.name)).size, DISK_BYTES);
  const write = fs.writeSync as (fd: number, bytes: Uint8Array, offset?: number, length?: number) => number;
  vi.spyOn(fs, "writeSync").mockImplementation(((
    fd: number,
    bytes: Uint8Array,
    offset = 0,
    length?: number,
  ) => {
    const room = Math.min(free(), length ?? bytes.length - offset);
    if (room <= 0)
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    return write(fd, bytes, offset, room);
  }) as typeof fs.writeSync);
  vi.spyOn(fs, "statfsSync").mockImplementation((() => ({
    bavail: free(),
    bsize: 1,
  })) as typeof fs.statfsSync);
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
  it("T20: turns new calls away, records how running ones end, and takes calls again once there is room", async () => {
    const dir = newDisk();
    const ballast = path.join(path.dirname(dir), "ballast");
    fs.writeFileSync(ballast, Buffer.alloc(DISK_BYTES / 2));
    const troubles: Error[] = [];
    const audit = await openAudit(
      options(dir, { reserveBytes: RESERVE_BYTES, onTrouble: (error) => troubles.push(error) }),
    );

    const acknowledged: string[] = [];
    for (let i = 0; audit.available(); i++) {
      const started = Array.from({ length: 10 }, (_, n) => `c${i}-${n}`).map(async (call) => {
        await audit.intent(intent(call, { content: "x".repeat(20_000) })).durable;
        acknowledged.push(call);
      });
      for (const { status, reason } of (await Promise.allSettled(started)) as PromiseRejectedResult[])
        if (status === "rejected") expect(reason).toMatchObject({ code: "audit_unavailable" });
    }
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

    const calls = await Array.fromAsync(readCalls(dir));
    expect(calls.map(({ call }) => call)).toEqual([...acknowledged, "late"]);
    expect(calls.every((call) => call.outcome === "ok")).toBe(true);
    const gap = (await Array.fromAsync(scanRecords(dir))).find((record) => record.type === "gap");
    expect(gap).toMatchObject({ reason: expect.stringContaining("ENOSPC"), droppedRefusals: 1 });
    expect(gap!.refusedCalls).toBeGreaterThan(1);
    expect((await verifyAudit(dir)).problems).toEqual([]);
  });

  it("can be closed while full, and its end is signed", async () => {
    const dir = newDisk();
    const audit = await openAudit(options(dir, { reserveBytes: RESERVE_BYTES }));
    while (audit.available())
      await audit.intent(intent("big", { content: "x".repeat(200_000) })).durable.catch(() => {});
    await audit.close();

    const types = (await Array.fromAsync(scanRecords(dir))).slice(-3).map(({ type }) => type);
    expect(types).toEqual(["gap", "stop", "checkpoint"]);
    expect((await verifyAudit(dir)).problems).toEqual([]);
  });

  it("is told at the start", async () => {
    const dir = newDisk();
    const reserveBytes = DISK_BYTES;
    await expect(openAudit(options(dir, { reserveBytes }))).rejects.toMatchObject({
      code: "audit_unavailable",
    });
  });
});
