import { expect, it } from "vitest";
import { readChanges } from "../audit/changes.ts";
import { all } from "../audit/fixtures.ts";
import type { Audit } from "../audit/types.ts";
import { ALWAYS, openLogAndLocalIndex } from "./fixtures.ts";

const MADE = Date.parse("2026-11-23T08:00:00Z");

async function recordChanges(audit: Audit, subjects: string[]): Promise<void> {
  for (const [n, subject] of subjects.entries())
    await audit.change({
      id: `change-${n}`,
      at: MADE + n,
      actor: "token:ci",
      action: "x",
      subject,
      before: null,
      after: { n },
    });
}

it("changes are found as recorded in the log, the latest first, page by page", async () => {
  const { audit, insight, dir } = await openLogAndLocalIndex();
  await recordChanges(audit, ["delegation/a", "key/'%", "delegation/a", "delegation/a"]);
  await insight.spent(ALWAYS);
  const expected = (await all(readChanges(dir))).toReversed();
  const first = await insight.changes({ limit: 3 });
  expect(first.changes).toEqual(expected.slice(0, 3));
  expect(await insight.changes({ limit: 3, cursor: first.next! })).toEqual({
    changes: expected.slice(3),
    next: null,
  });
});

it("changes are found by subject and start time", async () => {
  const { audit, insight } = await openLogAndLocalIndex();
  await recordChanges(audit, ["delegation/a", "key/'%", "delegation/a"]);
  await insight.spent(ALWAYS);
  const ids = async (query: { subject?: string; since?: number }) =>
    (await insight.changes({ limit: 9, ...query })).changes.map(({ id }) => id);
  expect(await ids({ subject: "delegation/a" })).toEqual(["change-2", "change-0"]);
  expect(await ids({ subject: "key/'%" })).toEqual(["change-1"]);
  expect(await ids({ subject: "key/%" })).toEqual([]);
  expect(await ids({ since: MADE + 1 })).toEqual(["change-2", "change-1"]);
});

it("a change that was recorded twice is found once, with both records", async () => {
  const { audit, insight, dir } = await openLogAndLocalIndex();
  await recordChanges(audit, ["delegation/a"]);
  await insight.spent(ALWAYS);
  await recordChanges(audit, ["delegation/a"]);
  await insight.spent(ALWAYS);
  const { changes } = await insight.changes({ limit: 9 });
  expect(changes).toEqual(await all(readChanges(dir)));
  expect(changes[0]?.records).toHaveLength(2);
});

it("a cursor of calls is not a valid cursor of changes", async () => {
  const { insight } = await openLogAndLocalIndex();
  const cursor = Buffer.from("1.2").toString("base64url");
  await expect(insight.changes({ limit: 1, cursor })).rejects.toMatchObject({ code: "invalid_cursor" });
});
