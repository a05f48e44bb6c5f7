/** The limiter against a naive model that keeps every call: both agree for any events in any order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMIT_SCOPES, type Limits, type LimitScope } from "../core/limits.ts";
import { createLimiter, isRefusal, type Holder, type Reservation } from "./limiter.ts";
import { dayOf, monthOf } from "./periods.ts";

const START = Date.parse("2026-11-29T20:00:00Z");
const NAMES = ["a", "b"] as const;

/** What the model remembers of a call. */
interface Kept {
  at: number;
  names: Record<LimitScope, string>;
  tokens: number;
  nanos: number;
  running: boolean;
}

type Step =
  | { kind: "reserve"; names: Record<LimitScope, string>; tokens: number; nanos: number }
  | { kind: "end"; which: number; part: number }
  | { kind: "wait"; ms: number }
  | { kind: "limits"; scope: LimitScope; name: string; limits: Limits | undefined };

const small = fc.integer({ min: 1, max: 12 });
const limitsOf: fc.Arbitrary<Limits> = fc.record(
  {
    requestsPerMinute: small,
    tokensPerMinute: small.map((n) => n * 20),
    concurrentCalls: small,
    tokensPerDay: small.map((n) => n * 30),
    tokensPerMonth: small.map((n) => n * 40),
    costPerDay: small.map((n) => n * 30e-9),
    costPerMonth: small.map((n) => n * 40e-9),
  },
  { requiredKeys: [] },
);
const name = fc.constantFrom(...NAMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("reserve" as const),
      names: fc.record({ delegation: name, client: name, key: name }),
      tokens: fc.nat(60),
      nanos: fc.nat(60),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      which: fc.nat(),
      part: fc.integer({ min: 0, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat(3_000), fc.nat(70_000), fc.nat(20 * 3_600_000)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("limits" as const),
      scope: fc.constantFrom(...LIMIT_SCOPES),
      name,
      limits: fc.option(limitsOf, { nil: undefined }),
    }),
  },
);

/** Whether the remembered calls leave room under one holder's limits. */
function fits(
  kept: readonly Kept[],
  { scope, name: own, limits }: Holder,
  wanted: Kept,
  now: number,
): boolean {
  const mine = kept.filter(({ names }) => names[scope] === own);
  const sum = (of: (each: Kept) => number, among: readonly Kept[]) =>
    among.reduce((total, each) => total + of(each), 0);
  const minute = mine.filter(({ at }) => Math.floor(at / 1000) > Math.floor(now / 1000) - 60);
  // Calls still running from an earlier period stay reserved; nothing is lost at midnight.
  const day = mine.filter(({ at, running }) => running || at >= dayOf(now));
  const month = mine.filter(({ at, running }) => running || at >= monthOf(now));
  const tokens = (each: Kept) => each.tokens;
  const nanos = (each: Kept) => each.nanos;
  const dollars = (usd: number | undefined) => (usd === undefined ? Infinity : Math.round(usd * 1e9));
  const {
    requestsPerMinute = Infinity,
    tokensPerMinute = Infinity,
    concurrentCalls = Infinity,
    tokensPerDay = Infinity,
    tokensPerMonth = Infinity,
    costPerDay,
    costPerMonth,
  } = limits ?? {};
  return (
    minute.length < requestsPerMinute &&
    sum(tokens, minute) + wanted.tokens <= tokensPerMinute &&
    mine.filter(({ running }) => running).length < concurrentCalls &&
    sum(tokens, day) + wanted.tokens <= tokensPerDay &&
    sum(tokens, month) + wanted.tokens <= tokensPerMonth &&
    sum(nanos, day) + wanted.nanos <= dollars(costPerDay) &&
    sum(nanos, month) + wanted.nanos <= dollars(costPerMonth)
  );
}

/** Every limit is there from the start, so that minutes are counted from the start. */
function holdersWith(limits: Map<string, Limits | undefined>, names: Record<LimitScope, string>): Holder[] {
  return LIMIT_SCOPES.map((scope) => ({
    scope,
    name: names[scope],
    limits: limits.get(`${scope}/${names[scope]}`),
  }));
}

const everyone = LIMIT_SCOPES.flatMap((scope) => NAMES.map((own) => ({ scope, name: own })));

describe("the limiter", () => {
  it("admits exactly what a model that remembers every call does, and keeps nothing once all have ended", () => {
    fc.assert(
      fc.property(
        fc.array(limitsOf, { minLength: everyone.length, maxLength: everyone.length }),
        fc.array(step, { maxLength: 120 }),
        (first, steps) => {
          const clock = { at: START, now: () => clock.at };
          const limiter = createLimiter(clock);
          const limits = new Map<string, Limits | undefined>(
            everyone.map(({ scope, name: own }, index) => [`${scope}/${own}`, first[index]]),
          );
          for (const { scope, name: own } of everyone)
            limiter.states({ scope, name: own, limits: { requestsPerMinute: 1 } });
          const kept: Kept[] = [];
          const differing: Step[] = [];
          const open: { call: Kept; reservation: Reservation }[] = [];
          const end = (which: number, part: number) => {
            const [ended] = open.splice(which % Math.max(1, open.length), 1);
            if (!ended) return;
            const { call, reservation } = ended;
            call.tokens = Math.floor((call.tokens * part) / 4);
            call.nanos = Math.floor((call.nanos * part) / 4);
            reservation.spend(call.tokens, call.nanos);
            reservation.end();
            call.running = false;
          };
          for (const each of steps) {
            if (each.kind === "wait") clock.at += each.ms;
            else if (each.kind === "end") end(each.which, each.part);
            else if (each.kind === "limits") limits.set(`${each.scope}/${each.name}`, each.limits);
            else {
              const { names } = each;
              const holders = holdersWith(limits, names);
              const counted = holders.some(({ limits: own }) =>
                Object.keys(own ?? {}).some((limit) => /token|cost/i.test(limit)),
              );
              const { tokens, nanos } = counted ? each : { tokens: 0, nanos: 0 };
              const call: Kept = { at: clock.at, names, tokens, nanos, running: true };
              const answer = limiter.reserve(holders, () => each);
              const isFitting = holders.every((holder) => fits(kept, holder, call, clock.at));
              if (isRefusal(answer) === isFitting) differing.push(each);
              if (isRefusal(answer)) continue;
              kept.push(call);
              open.push({ call, reservation: answer });
            }
          }
          while (open.length > 0) end(0, 4);
          expect(differing).toEqual([]);
          for (const { scope, name: own } of everyone) {
            const all = { concurrentCalls: 1, tokensPerDay: 1, costPerDay: 1 };
            const today = kept.filter(({ names, at }) => names[scope] === own && at >= dayOf(clock.at));
            expect(
              limiter.states({ scope, name: own, limits: all }).map(({ used, reserved }) => [used, reserved]),
            ).toEqual([
              [0, 0],
              [today.reduce((sum, { tokens }) => sum + tokens, 0), 0],
              [today.reduce((sum, { nanos }) => sum + nanos, 0), 0],
            ]);
          }
        },
      ),
    );
  });
});
