import { expect, it } from "vitest";
import type { Change } from "../core/change.ts";
import { readChanges } from "./changes.ts";
import { all, newFolder, options, recordCalls } from "./fixtures.ts";
import { changeLines } from "./present.ts";
import { verifyAudit } from "./verify.ts";
import { openAudit } from "./writer.ts";

function change(id: string, more: Partial<Change> = {}): Change {
  return {
    id,
    at: Date.parse("2026-11-23T07:00:00Z"),
    actor: "cli:alice",
    action: "delegation.suspend",
    subject: "delegation/acme",
    before: { state: "active" },
    after: { state: "suspended" },
    ...more,
  };
}

it("a change is recorded in the chain among the calls and read back completely (T25)", async () => {
  const dir = newFolder();
  const audit = await openAudit(options(dir));
  await recordCalls(audit, ["a"]);
  await audit.change(change("1", { reason: "ticket" }));
  await recordCalls(audit, ["b"]);
  await audit.close();
  expect(await verifyAudit(dir)).toMatchObject({ ok: true });
  expect(await all(readChanges(dir))).toEqual([
    {
      id: "1",
      at: "2026-11-23T07:00:00.000Z",
      actor: "cli:alice",
      action: "delegation.suspend",
      subject: "delegation/acme",
      before: { state: "active" },
      after: { state: "suspended" },
      reason: "ticket",
      records: [expect.any(Number)],
    },
  ]);
});

it("a change that was recorded twice is read as one with two records", async () => {
  const dir = newFolder();
  const audit = await openAudit(options(dir));
  await audit.change(change("1"));
  await audit.change(change("1"));
  await audit.change(change("2", { subject: "key/k", at: Date.parse("2026-11-24T07:00:00Z") }));
  await audit.close();
  const found = await all(readChanges(dir));
  expect(found.map(({ id, records }) => [id, records.length])).toEqual([
    ["1", 2],
    ["2", 1],
  ]);
  expect(await all(readChanges(dir, { subject: "key/k" }))).toHaveLength(1);
  expect(await all(readChanges(dir, { since: Date.parse("2026-11-24T00:00:00Z") }))).toHaveLength(1);
});

it("a change is refused by a closed log, so that it stays in the store", async () => {
  const audit = await openAudit(options(newFolder()));
  await audit.close();
  await expect(audit.change(change("1"))).rejects.toMatchObject({ code: "audit_unavailable" });
});

it("a change is shown without characters that could move a terminal's cursor", () => {
  const hostile = { ...change("1", { after: { state: "\u001b[2Jx" } }), at: "2026", records: [1] };
  const shown = changeLines(hostile, (_tone, text) => text);
  expect(shown).not.toContain("\u001b");
  expect(shown.split("\n")[1]).toContain("state: active → ");
});
