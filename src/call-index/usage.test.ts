import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCalls } from "../audit/calls.ts";
import type { Call } from "../audit/calls.ts";
import { all, intent, outcome, refusal } from "../audit/fixtures.ts";
import type { Outcome } from "../audit/call-record.ts";
import type { Audit } from "../audit/types.ts";
import { ALWAYS, openLogAndLocalIndex } from "./fixtures.ts";
import type { LocalIndex } from "./fixtures.ts";
import { USAGE_BY, type Period, type Totals, type UsageBy } from "./types.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-23T08:00:00Z");
/** Names with a special meaning in SQL, LIKE or JavaScript. */
const CLIENTS = ["billing", "__proto__", "constructor", "100%_", "o'neil", '"quoted"', "; DROP TABLE call"];
const MODELS = ["amazon.nova-lite-v1:0", "__proto__", null];
const OUTCOMES = ["ok", "ok", "throttled", "denied", "unknown"] as const;

const draw = <T>(from: readonly T[], number: number): T => from[number % from.length]!;

/** 400 calls over the three days that end at `NOW`, some of them older than the minutes that are kept. */
function recordMany(audit: Audit, time: { now: number }): void {
  for (let n = 0; n < 400; n++) {
    time.now = NOW - 3 * DAY + Math.floor((3 * DAY * n) / 400);
    const call = `call-${n}`;
    const who = { client: draw(CLIENTS, n), key: `key-${n % 3}`, delegation: draw(["prod", "test"], n) };
    const model = draw(MODELS, n >> 1);
    if (n % 11 === 0) {
      audit.refusal(refusal(call, { ...who, model }));
      continue;
    }
    const project = draw(["default", "proj_1", null], n);
    audit.intent(intent(call, { ...who, model, project, reserved: { tokens: 1000, costUsd: 0.5 } }));
    audit.outcome(outcome(call, outcomeNumber(n)));
  }
}

function outcomeNumber(n: number): Partial<Outcome> {
  const kind = draw(OUTCOMES, n);
  if (kind === "unknown") {
    const usage = {
      inputTokens: 0,
      outputTokens: 0,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
      cacheWrite1hInputTokens: null,
    };
    return {
      outcome: kind,
      usage: { ...usage, source: "none" },
      cost: null,
      firstByteMs: null,
      totalMs: null,
    };
  }
  return {
    outcome: kind,
    usage: {
      inputTokens: n,
      outputTokens: n * 7,
      cacheReadInputTokens: n % 5,
      cacheWriteInputTokens: n % 2,
      cacheWrite1hInputTokens: n % 2,
      source: "reported",
    },
    cost: n % 4 === 0 ? null : { usd: (n * 37) / 1e7, prices: "2026-11-01" },
    error: kind === "denied" ? "model_denied" : null,
    upstreamErrorType: kind === "throttled" ? "ThrottlingException" : null,
    firstByteMs: n + 0.5,
    totalMs: n * 3,
  };
}

type Sums = Omit<Totals, "firstByteMs" | "totalMs">;

/** Computed call by call. */
function reckon(calls: Call[]): Sums {
  const sent = calls.filter(({ outcome: result }) => result !== "refused");
  const sum = (of: (call: Call) => number | undefined) =>
    calls.reduce((total, call) => total + (of(call) ?? 0), 0);
  return {
    calls: sent.length,
    failed: sent.filter(({ outcome: result }) => result !== "ok").length,
    refused: calls.length - sent.length,
    inputTokens: sum(({ usage }) => usage?.inputTokens),
    outputTokens: sum(({ usage }) => usage?.outputTokens),
    cacheReadInputTokens: sum(({ usage }) => usage?.cacheReadInputTokens),
    cacheWriteInputTokens: sum(({ usage }) => usage?.cacheWriteInputTokens),
    costUsd: sum(({ costUsd }) => Math.round((costUsd ?? 0) * 1e9)) / 1e9,
    unpricedCalls: sent.filter(({ usage, costUsd }) => usage?.source !== "none" && costUsd === null).length,
  };
}

function addUp(parts: Totals[]): Sums {
  const sum = (name: keyof Sums) => parts.reduce((total, part) => total + part[name], 0);
  return {
    calls: sum("calls"),
    failed: sum("failed"),
    refused: sum("refused"),
    inputTokens: sum("inputTokens"),
    outputTokens: sum("outputTokens"),
    cacheReadInputTokens: sum("cacheReadInputTokens"),
    cacheWriteInputTokens: sum("cacheWriteInputTokens"),
    costUsd: Math.round(sum("costUsd") * 1e9) / 1e9,
    unpricedCalls: sum("unpricedCalls"),
  };
}

const within =
  ({ since, until }: Period) =>
  ({ time }: Call) =>
    Date.parse(time) >= since && Date.parse(time) < until;

async function indexOfMany(): Promise<LocalIndex & { calls: Call[] }> {
  const { audit, time, dir, insight } = await openLogAndLocalIndex();
  recordMany(audit, time);
  await audit.close();
  await insight.spent(ALWAYS);
  return { insight, calls: await all(readCalls(dir)) };
}

describe("sums of usage", () => {
  const periods = fc
    .tuple(fc.integer({ min: NOW - 4 * DAY, max: NOW }), fc.integer({ min: 1, max: 4 * DAY }))
    .map(([since, length]) => ({ since, until: since + length }));
  const filters = fc.record(
    {
      client: fc.constantFrom(...CLIENTS, "nobody"),
      delegation: fc.constantFrom("prod", "test"),
      model: fc.constantFrom("amazon.nova-lite-v1:0", "__proto__"),
      key: fc.constantFrom("key-0", "key-1"),
      project: fc.constantFrom("default", "proj_1"),
    },
    { requiredKeys: [] },
  );
  const dimensions = fc.constantFrom(...USAGE_BY);

  it("match their calls for any period and grouping", async () => {
    const { insight, calls } = await indexOfMany();
    await fc.assert(
      fc.asyncProperty(periods, filters, dimensions, async (period, filter, by) => {
        const report = await insight.usage({ ...period, ...filter, by });
        const counted = calls
          .filter(within(period))
          .filter((call) => Object.entries(filter).every(([name, value]) => call[name as UsageBy] === value));
        expect(report.totals).toMatchObject(reckon(counted));
        expect(addUp(report.rows)).toEqual(reckon(counted));
        expect(addUp(report.series)).toEqual(reckon(counted));
        for (const { name, ...row } of report.rows)
          expect(row).toMatchObject(reckon(counted.filter((call) => call[by] === name)));
      }),
    );
  });

  it("of an overview match the calls of its period and of the one before", async () => {
    const { insight, calls } = await indexOfMany();
    await fc.assert(
      fc.asyncProperty(periods, async (period) => {
        const seen = await insight.overview(period);
        const before = { since: 2 * period.since - period.until, until: period.since };
        expect(seen.totals).toMatchObject(reckon(calls.filter(within(period))));
        expect(seen.before).toMatchObject(reckon(calls.filter(within(before))));
        expect(addUp(seen.series)).toEqual(reckon(calls.filter(within(period))));
        const ended = seen.outcomes.reduce((sum, counted) => sum + counted.calls, 0);
        expect(ended).toBe(calls.filter(within(period)).length);
      }),
    );
  });

  it("of spending count tokens of all kinds, and reservations of calls with an unknown end", async () => {
    const { insight, calls } = await indexOfMany();
    await fc.assert(
      fc.asyncProperty(periods, async (period) => {
        const found = await insight.spent(period);
        const counted = calls.filter(within(period));
        expect(found.filter(({ scope }) => scope === "client")).toHaveLength(
          new Set(counted.map((c) => c.client)).size,
        );
        for (const { scope, name, tokens, costUsd } of found) {
          const own = counted.filter((call) => call[scope] === name);
          const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens, ...sums } =
            reckon(own);
          const unknown = own.filter(({ outcome: result }) => result === "unknown").length;
          const used = inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens;
          expect(tokens).toBe(used + unknown * 1000);
          expect(costUsd).toBeCloseTo(sums.costUsd + unknown * 0.5, 9);
        }
      }),
    );
  });

  it("list outcomes and errors, the most frequent first", async () => {
    const { insight } = await indexOfMany();
    const { outcomes, errors } = await insight.overview({ since: NOW - 4 * DAY, until: NOW + DAY });
    expect(outcomes.map(({ outcome: name }) => name)).toEqual([
      "ok",
      "denied",
      "throttled",
      "unknown",
      "refused",
    ]);
    expect(errors.map(({ error }) => error)).toEqual(["model_denied", "ThrottlingException"]);
  });

  it("list at most five of each in an overview, the costliest first", async () => {
    const { insight } = await indexOfMany();
    const { clients } = await insight.overview({ since: NOW - 4 * DAY, until: NOW + DAY });
    expect(clients).toHaveLength(5);
    expect(clients.map(({ costUsd }) => costUsd)).toEqual(
      clients.map(({ costUsd }) => costUsd).toSorted((a, b) => b - a),
    );
  });
});

describe("a log without calls", () => {
  it("has an empty overview with every interval", async () => {
    const { insight, time } = await openLogAndLocalIndex();
    expect(await insight.spent(ALWAYS)).toEqual([]);
    // The index keeps only the latest days by the minute.
    const until = Math.floor(time.now / HOUR) * HOUR;
    const seen = await insight.overview({ since: until - DAY, until });
    expect(seen).toMatchObject({ clients: [], outcomes: [], errors: [], totals: { calls: 0, costUsd: 0 } });
    expect(seen.totals.totalMs).toEqual({ p50: null, p95: null, p99: null });
    expect(seen.series).toHaveLength(96);
    expect(await insight.calls({ limit: 5 })).toEqual({ calls: [], next: null });
    expect(await insight.state()).toMatchObject({ calls: 0, behindMs: expect.any(Number) });
  });
});

describe("a day", () => {
  it("begins and ends at midnight UTC, to the millisecond", async () => {
    const { insight, audit, time } = await openLogAndLocalIndex();
    const midnight = Date.parse("2026-03-29T00:00:00Z");
    for (const at of [midnight - 1, midnight, midnight + DAY - 1, midnight + DAY]) {
      time.now = at;
      audit.intent(intent(`at ${at}`));
      audit.outcome(outcome(`at ${at}`));
    }
    await audit.close();
    const [spent] = await insight.spent({ since: midnight, until: midnight + DAY });
    expect(spent).toEqual({ scope: "delegation", name: "prod", tokens: 2 * 46, costUsd: 0 });
  });
});

describe("minutes that are no longer kept", () => {
  it("don't change any sum", async () => {
    const { insight, audit, time, dir } = await openLogAndLocalIndex();
    recordMany(audit, time);
    const period = { since: NOW - 2.9 * DAY, until: NOW - 0.9 * DAY };
    await insight.spent(ALWAYS);
    const before = await insight.usage({ ...period, by: "key" });
    // By the log's own time, a week has gone by.
    time.now += 7 * DAY;
    audit.refusal(refusal("late"));
    await audit.close();
    await insight.spent(ALWAYS);
    expect(await insight.usage({ ...period, by: "key" })).toEqual(before);
    expect(before.totals).toMatchObject(reckon((await all(readCalls(dir))).filter(within(period))));
  });
});
