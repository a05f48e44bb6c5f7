/** An audit log made by commit d33cf8e, read by this version. It must find what the old `signet` found. */
import { rmSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { readCalls } from "../../src/audit/calls.ts";
import { readChanges } from "../../src/audit/changes.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { openInsight } from "../../src/call-index/open.ts";
import { FACTS, unpack, type Unpacked } from "./unpack.ts";

let old: Unpacked;
beforeEach(() => {
  old = unpack();
  return () => old.remove();
});

function countBy<T>(items: T[], nameOf: (item: T) => string): Record<string, number> {
  const groups = Object.groupBy(items, nameOf);
  return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, group?.length ?? 0]));
}

describe("an old audit log", () => {
  it("is verified: every chain, segment and checkpoint", async () => {
    const { problems, chains } = await verifyAudit(old.auditDir);
    expect(problems).toEqual([]);
    expect(chains).toEqual(FACTS.chains);
  });

  it("has its calls, by outcome and protocol", async () => {
    const calls = await Array.fromAsync(readCalls(old.auditDir));
    expect(countBy(calls, ({ outcome }) => outcome)).toEqual(FACTS.outcomes);
    expect(countBy(calls, ({ protocol }) => protocol)).toEqual(FACTS.protocols);
    const recorded = calls.filter(({ content }) => content !== undefined);
    expect(recorded.map(({ delegation }) => delegation)).toEqual(["hooli", "hooli"]);
  });

  it("has its changes", async () => {
    const changes = await Array.fromAsync(readChanges(old.auditDir));
    expect(changes).toHaveLength(FACTS.changes);
    expect(changes.map(({ action, subject }) => `${action} ${subject}`)).toEqual(
      expect.arrayContaining(["delegation.create delegation/acme", `key.revoke key/${FACTS.keys.revoked}`]),
    );
  });
});

describe.each(["from the log alone", "from the index that the old version left"])("the index, %s", (from) => {
  it("has the same figures", async () => {
    if (from === "from the log alone")
      for (const end of ["", "-wal"]) rmSync(path.join(old.data, `insight.db${end}`));
    const troubles: unknown[] = [];
    const index = openInsight({
      clock: systemClock,
      auditDir: old.auditDir,
      file: path.join(old.data, "insight.db"),
      log: { warn: (...trouble: unknown[]) => void troubles.push(trouble) },
    });
    const always = { since: 0, until: Number.MAX_SAFE_INTEGER };
    await index.spent(always); // Resolves once the whole log is in the index.
    const { totals } = await index.usage({ ...always, by: "client" });
    const { refused = 0, running = 0, ok = 0 } = FACTS.outcomes;
    expect(totals.refused).toBe(refused);
    expect(totals.calls).toBe(FACTS.calls - refused - running);
    expect(totals.failed).toBe(totals.calls - ok);
    expect(totals.inputTokens).toBe(FACTS.inputTokens);
    expect(totals.outputTokens).toBe(FACTS.outputTokens);
    expect(totals.costUsd).toBeCloseTo(FACTS.costUsd, 9);
    expect((await index.changes({ limit: 200 })).changes).toHaveLength(FACTS.changes);
    expect(troubles).toEqual([]);
    await index.close();
  });
});
