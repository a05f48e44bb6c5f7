/** The index over a real log: what is asked of it, and that it can be lost at any time. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { intent, newFolder, options, outcome, refusal } from "../audit/fixtures.ts";
import { openAudit } from "../audit/writer.ts";
import type { Audit, Intent, Outcome } from "../audit/types.ts";
import { openInsight } from "./open.ts";
import type { IndexedCall, Insight } from "./types.ts";

const START = Date.parse("2026-11-23T08:00:00Z");
const DAY = 86_400_000;
const TODAY = { since: START - 8 * 3_600_000, until: START + 16 * 3_600_000 };

async function newLog(): Promise<{ dir: string; audit: Audit }> {
  const dir = newFolder();
  const audit = await openAudit(options(dir));
  onTestFinished(() => audit.close());
  return { dir, audit };
}

function index(dir: string): { insight: Insight; warned: string[] } {
  const warned: string[] = [];
  const log = { warn: (_: object, message: string) => void warned.push(message) };
  const insight = openInsight({ auditDir: dir, file: path.join(path.dirname(dir), "insight.db"), log });
  onTestFinished(() => insight.close());
  return { insight, warned };
}

async function call(audit: Audit, id: string, asked: Partial<Intent> = {}, ended: Partial<Outcome> = {}) {
  await audit.intent(intent(id, asked)).durable;
  audit.outcome(outcome(id, ended));
}

describe("the index", () => {
  it("adds up calls, tokens, dollars and failures, by name and in time", async () => {
    const { dir, audit } = await newLog();
    await call(audit, "a", { client: "app" }, { cost: { usd: 0.25, prices: "1" } });
    await call(
      audit,
      "b",
      { client: "app" },
      { outcome: "throttled", upstreamErrorType: "ThrottlingException" },
    );
    await call(audit, "c", { client: "etl", model: "m2" }, { cost: { usd: 0.5, prices: "1" } });
    audit.refusal(refusal("d", { client: "etl" }));
    const { insight } = index(dir);
    await insight.spent(TODAY);
    const { totals, rows, series } = await insight.usage({ ...TODAY, by: "client" });
    expect(totals).toMatchObject({
      calls: 3,
      failed: 1,
      refused: 1,
      inputTokens: 36,
      costUsd: 0.75,
      unpricedCalls: 1,
    });
    expect(rows.map(({ name, calls, costUsd }) => [name, calls, costUsd])).toEqual([
      ["etl", 1, 0.5],
      ["app", 2, 0.25],
    ]);
    expect(series.reduce((sum, point) => sum + point.calls, 0)).toBe(3);
    expect(series.length).toBeLessThanOrEqual(120);
    const { models, outcomes, errors } = await insight.overview(TODAY);
    expect(models.map(({ name }) => name)).toContain("m2");
    expect(outcomes[0]).toEqual({ outcome: "ok", calls: 2 });
    expect(errors.map(({ error }) => error)).toContain("ThrottlingException");
  });

  it("finds calls by each name and by text, the latest first, page by page", async () => {
    const { dir, audit } = await newLog();
    for (let at = 0; at < 5; at++) await call(audit, `app-${at}`, { client: "app" });
    await call(audit, "other", { client: "etl", remote: "10.1.2.3", model: "100%_m" });
    const { insight } = index(dir);
    await insight.spent(TODAY);
    const first = await insight.calls({ client: "app", limit: 2 });
    expect(first.calls.map((each) => each.call)).toEqual(["app-4", "app-3"]);
    // Calls that arrive meanwhile don't move what follows.
    await call(audit, "app-5", { client: "app" });
    await insight.spent(TODAY);
    const second = await insight.calls({ client: "app", limit: 3, cursor: first.next ?? "" });
    expect(second.calls.map((each) => each.call)).toEqual(["app-2", "app-1", "app-0"]);
    expect(second.next).toBeNull();
    for (const text of ["othe", "aws-othe", "1.2.3", "100%_", "etl"])
      expect((await insight.calls({ text, limit: 9 })).calls.map((each) => each.call)).toEqual(["other"]);
    for (const text of ["100_", "%zz", "' OR 1=1 --", "\\", "__proto__"])
      expect((await insight.calls({ text, limit: 9 })).calls).toEqual([]);
    await expect(insight.calls({ limit: 1, cursor: "1; DROP" })).rejects.toMatchObject({
      code: "invalid_cursor",
    });
  });

  it("counts what was set aside for calls that nobody knows the end of", async () => {
    const { dir, audit } = await newLog();
    await call(
      audit,
      "a",
      { reserved: { tokens: 500, costUsd: 2 } },
      { outcome: "unknown", usage: NO_USAGE },
    );
    await call(audit, "b", { reserved: { tokens: 500, costUsd: 2 } }, { cost: { usd: 1, prices: "1" } });
    const { insight } = index(dir);
    const spent = await insight.spent(TODAY);
    expect(spent.find(({ scope }) => scope === "client")).toEqual({
      scope: "client",
      name: "billing",
      tokens: 546,
      costUsd: 3,
    });
    expect(await insight.spent({ since: TODAY.since - DAY, until: TODAY.since })).toEqual([]);
  });

  it("goes on where it was, with calls that were under way", async () => {
    const { dir, audit } = await newLog();
    await audit.intent(intent("slow")).durable;
    const before = index(dir).insight;
    await before.spent(TODAY);
    await before.close();
    audit.outcome(outcome("slow"));
    const { insight } = index(dir);
    await insight.spent(TODAY);
    const { calls } = await insight.calls({ limit: 10 });
    expect(calls.map((each) => [each.call, each.outcome])).toEqual([["slow", "ok"]]);
    expect((await insight.usage({ ...TODAY, by: "key" })).totals.calls).toBe(1);
  });

  it("is made anew where it is damaged or of another log", async () => {
    const { dir, audit } = await newLog();
    await call(audit, "a");
    const file = path.join(path.dirname(dir), "insight.db");
    writeFileSync(file, "not a database");
    const { insight } = index(dir);
    await insight.spent(TODAY);
    expect((await insight.state()).calls).toBe(1);
    await insight.close();

    await audit.close();
    rmSync(dir, { recursive: true });
    const other = await openAudit(options(dir));
    onTestFinished(() => other.close());
    await call(other, "b");
    const again = index(dir).insight;
    await again.spent(TODAY);
    expect((await again.calls({ limit: 9 })).calls.map((each) => each.call)).toEqual(["b"]);
    expect(existsSync(file)).toBe(true);
  });

  it("tells of calls as they end", async () => {
    const { dir, audit } = await newLog();
    const { insight } = index(dir);
    await insight.spent(TODAY);
    const heard = new Promise<IndexedCall>((resolve) => void insight.follow(resolve));
    await call(audit, "now", {}, {});
    expect(await heard).toMatchObject({ call: "now", client: "billing", outcome: "ok" });
  });

  it("keeps who changed what", async () => {
    const { dir, audit } = await newLog();
    for (const [at, subject] of ["delegation/a", "key/k", "delegation/a"].entries())
      await audit.change({
        id: `c${at}`,
        at: START,
        actor: "token:ci",
        action: "x",
        subject,
        before: null,
        after: { at },
      });
    const { insight } = index(dir);
    await insight.spent(TODAY);
    const { changes, next } = await insight.changes({ limit: 1, subject: "delegation/a" });
    expect(changes.map(({ id }) => id)).toEqual(["c2"]);
    const rest = await insight.changes({ limit: 5, subject: "delegation/a", cursor: next ?? "" });
    expect(rest.changes.map(({ id }) => id)).toEqual(["c0"]);
  });
});

const NO_USAGE = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  source: "none",
} as const;
