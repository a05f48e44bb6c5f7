/** The limiter against a naive model: nothing is ever overshot, nothing leaks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Limits } from "../core/limits.ts";
import { createLimiter, isRefusal, type Holder, type Reservation, type ThresholdEvent } from "./limiter.ts";

const START = Date.parse("2026-11-23T08:00:00Z");
const DAY = 86_400_000;

function world(limits: Limits) {
  const clock = { at: START, now: () => clock.at };
  const events: ThresholdEvent[] = [];
  const limiter = createLimiter(clock, (event) => void events.push(event));
  const holder: Holder = { scope: "client", name: "app", limits };
  const others: Holder[] = [
    { scope: "delegation", name: "d", limits: undefined },
    { scope: "key", name: "k", limits: undefined },
  ];
  const reserve = (tokens: number, nanos = 0) =>
    limiter.reserve([holder, ...others], () => ({ tokens, nanos }));
  return { clock, limiter, holder, events, reserve };
}

function taken(answer: ReturnType<ReturnType<typeof world>["reserve"]>): Reservation {
  if (isRefusal(answer)) throw new Error(`refused: ${answer.limit}`);
  return answer;
}

describe("requests and tokens a minute", () => {
  it("never exceed the limit in any 60 seconds", () => {
    const step = fc.record({ wait: fc.nat(20_000), tokens: fc.integer({ min: 0, max: 40 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const { clock, reserve } = world({ requestsPerMinute: 10, tokensPerMinute: 100 });
        const passed: { second: number; tokens: number }[] = [];
        for (const { wait, tokens } of steps) {
          clock.at += wait;
          const second = Math.floor(clock.at / 1000);
          const recent = passed.filter((each) => each.second > second - 60);
          const fits =
            recent.length < 10 && recent.reduce((sum, each) => sum + each.tokens, 0) + tokens <= 100;
          const answer = reserve(tokens);
          expect(isRefusal(answer)).toBe(!fits);
          if (isRefusal(answer)) continue;
          answer.spend(tokens, 0);
          answer.end();
          passed.push({ second, tokens });
        }
      }),
    );
  });

  it("report when there will be room, and then there is", () => {
    const { clock, reserve } = world({ requestsPerMinute: 2 });
    taken(reserve(0)).end();
    clock.at += 20_000;
    taken(reserve(0)).end();
    const refused = reserve(0);
    expect(refused).toMatchObject({
      limit: "requests-per-minute",
      retryAfter: 40,
      scope: "client",
      name: "app",
    });
    clock.at += 39_000;
    expect(isRefusal(reserve(0))).toBe(true);
    clock.at += 1_000;
    expect(isRefusal(reserve(0))).toBe(false);
  });

  it("refuse a call that alone needs more, without a time to wait", () => {
    const { reserve } = world({ tokensPerMinute: 100 });
    expect(reserve(101)).toMatchObject({ limit: "tokens-per-minute", retryAfter: undefined });
    taken(reserve(100));
  });
});

describe("budgets", () => {
  it("are never exceeded by reservations, in whatever order calls end", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("reserve" as const), tokens: fc.integer({ min: 1, max: 300 }) }),
      fc.record({
        kind: fc.constant("end" as const),
        which: fc.nat(),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const { limiter, holder, reserve } = world({ tokensPerDay: 1000 });
        const open: { reservation: Reservation; tokens: number }[] = [];
        let used = 0;
        let wrong = 0;
        for (const each of steps) {
          if (each.kind === "reserve") {
            const held = open.reduce((sum, { tokens }) => sum + tokens, 0);
            const answer = reserve(each.tokens);
            wrong += Number(isRefusal(answer) !== used + held + each.tokens > 1000);
            if (!isRefusal(answer)) open.push({ reservation: answer, tokens: each.tokens });
            continue;
          }
          const [ended] = open.splice(each.which % Math.max(1, open.length), 1);
          if (!ended) continue;
          const spent = Math.floor(ended.tokens * each.part);
          ended.reservation.spend(spent, 0);
          ended.reservation.end();
          used += spent;
        }
        for (const { reservation } of open) reservation.end();
        expect(wrong).toBe(0);
        expect(limiter.states(holder)).toEqual([expect.objectContaining({ used, reserved: 0 })]);
      }),
    );
  });

  it("of dollars and tokens restart with each UTC day and month", () => {
    const { clock, limiter, holder, reserve } = world({ costPerDay: 1, tokensPerMonth: 10_000 });
    const first = taken(reserve(100, 600_000_000));
    first.spend(100, 600_000_000);
    first.end();
    expect(reserve(1, 500_000_000)).toMatchObject({ limit: "cost-per-day", retryAfter: 16 * 3600 });
    clock.at += DAY;
    taken(reserve(1, 500_000_000)).end();
    expect(limiter.states(holder).map(({ limit, used }) => [limit, used])).toEqual([
      ["tokens-per-month", 100],
      ["cost-per-day", 0],
    ]);
    clock.at = Date.parse("2026-12-01T00:00:00Z");
    expect(limiter.states(holder)[0]).toMatchObject({ used: 0 });
  });

  it("continue from what was spent before this process started", () => {
    const { limiter, reserve } = world({ tokensPerDay: 100, tokensPerMonth: 1000 });
    const spent = (tokens: number) => [{ scope: "client" as const, name: "app", tokens, costUsd: 0 }];
    limiter.load({ day: spent(60), month: spent(950) });
    expect(reserve(51)).toMatchObject({ limit: "tokens-per-month" });
    expect(isRefusal(reserve(40))).toBe(false);
  });

  it("warn once per period when the threshold is reached", () => {
    const { clock, events, limiter, holder, reserve } = world({ tokensPerDay: 100, warnAtPercent: 50 });
    for (const tokens of [49, 1, 10]) {
      const each = taken(reserve(tokens));
      each.spend(tokens, 0);
      each.end();
    }
    expect(events).toMatchObject([{ scope: "client", name: "app", limit: "tokens-per-day", percent: 50 }]);
    expect(limiter.warning([holder])).toMatchObject({ percent: 60 });
    clock.at += DAY;
    expect(limiter.warning([holder])).toBeUndefined();
  });

  it("warn separately for each budget", () => {
    const { events, reserve } = world({ tokensPerDay: 100, tokensPerMonth: 200, warnAtPercent: 50 });
    for (const tokens of [60, 40]) {
      const each = taken(reserve(tokens));
      each.spend(tokens, 0);
      each.end();
    }
    expect(events.map(({ limit, percent }) => [limit, percent])).toEqual([
      ["tokens-per-day", 60],
      ["tokens-per-month", 50],
    ]);
  });

  it("reserved by running calls are distinguished from budgets that are used up", () => {
    const { reserve } = world({ tokensPerDay: 100 });
    const first = taken(reserve(80));
    expect(reserve(50)).toMatchObject({ limit: "tokens-per-day", retryAfter: 1, held: true });
    first.spend(60, 0);
    first.end();
    expect(reserve(50)).toMatchObject({ retryAfter: 16 * 3600, held: false });
  });

  it("report, for a call that is short of several, the one with the longest wait", () => {
    const { reserve } = world({ requestsPerMinute: 1, tokensPerMinute: 30, tokensPerDay: 100 });
    const first = taken(reserve(20));
    first.spend(20, 0);
    first.end();
    expect(reserve(10)).toMatchObject({ limit: "requests-per-minute", retryAfter: 60 });
    expect(reserve(90)).toMatchObject({ limit: "tokens-per-minute", retryAfter: undefined });
  });

  it("count a call that runs past midnight in the day it was reserved in", () => {
    const { clock, limiter, holder, reserve } = world({ tokensPerDay: 100 });
    clock.at = Date.parse("2026-11-23T23:59:59Z");
    const late = taken(reserve(70));
    clock.at = Date.parse("2026-11-24T00:00:10Z");
    expect(reserve(40)).toMatchObject({ held: true });
    late.spend(70, 0);
    late.end();
    expect(limiter.states(holder)).toEqual([expect.objectContaining({ used: 0, reserved: 0 })]);
    taken(reserve(100));
  });

  it("don't restart because a clock was set back and forth", () => {
    const { clock, limiter, holder, reserve } = world({ tokensPerDay: 100 });
    clock.at = Date.parse("2026-11-24T00:00:02Z");
    const first = taken(reserve(70));
    first.spend(70, 0);
    first.end();
    clock.at -= 10_000;
    expect(isRefusal(reserve(40))).toBe(true);
    clock.at += 10_000;
    expect(limiter.states(holder)[0]).toMatchObject({ used: 70 });
  });
});

describe("limits set while calls are running", () => {
  it("are not exceeded once those calls have ended", () => {
    const { limiter } = world({});
    const key: Holder = { scope: "key", name: "k", limits: { tokensPerDay: 1000 } };
    const client: Holder = { scope: "client", name: "c", limits: undefined };
    const before = taken(limiter.reserve([key, client], () => ({ tokens: 500, nanos: 0 })));
    const limited: Holder = { ...client, limits: { tokensPerMinute: 100 } };
    expect(limiter.states(limited)[0]).toMatchObject({ used: 0 });
    before.spend(10, 0);
    before.end();
    expect(isRefusal(limiter.reserve([limited], () => ({ tokens: 101, nanos: 0 })))).toBe(true);
    expect(limiter.states(limited)[0]).toMatchObject({ used: 0 });
  });
});

describe("a revoked holder", () => {
  it("is forgotten, but not before its calls have ended", () => {
    const { limiter, holder, reserve } = world({ tokensPerDay: 100 });
    const last = taken(reserve(60));
    limiter.keep(() => false);
    expect(limiter.states(holder)[0]).toMatchObject({ reserved: 60 });
    last.spend(60, 0);
    last.end();
    limiter.keep((scope, name) => scope === "client" && name === "app");
    expect(limiter.states(holder)[0]).toMatchObject({ used: 60 });
    limiter.keep(() => false);
    expect(limiter.states(holder)[0]).toMatchObject({ used: 0 });
  });
});

describe("concurrent calls", () => {
  it("are counted until they end, for all holders or none", () => {
    const { limiter, holder, reserve } = world({ concurrentCalls: 2 });
    const [one] = [taken(reserve(0)), taken(reserve(0))];
    expect(reserve(0)).toMatchObject({ limit: "concurrent-calls", retryAfter: 1 });
    one?.end();
    taken(reserve(0));
    const tight: Holder = { scope: "key", name: "k", limits: { concurrentCalls: 3 } };
    expect(limiter.reserve([tight, holder], () => ({ tokens: 0, nanos: 0 }))).toMatchObject({ name: "app" });
    expect(limiter.states(tight)[0]).toMatchObject({ used: 2 });
  });
});
