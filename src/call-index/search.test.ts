import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCalls } from "../audit/calls.ts";
import type { Call } from "../audit/calls.ts";
import { all, intent, outcome, refusal } from "../audit/fixtures.ts";
import type { Audit } from "../audit/types.ts";
import { InsightError } from "./errors.ts";
import { ALWAYS, openLogAndLocalIndex } from "./fixtures.ts";
import type { LocalIndex } from "./fixtures.ts";
import type { CallQuery } from "./types.ts";

const NAMES = ["billing", "__proto__", "100%", "100x", "a_b", "aXb", "o'neil", '"quoted"'];
const MODELS = ["amazon.nova-lite-v1:0", "Anthropic.Claude%Sonnet"];
const REMOTES = ["192.0.2.7", "2001:DB8::7", "198.51.100.7"];

const draw = <T>(from: readonly T[], number: number): T => from[number % from.length]!;

/** Records calls, several of which arrive in the same millisecond. */
function recordMany(audit: Audit, time: { now: number }, count: number): void {
  for (let n = 0; n < count; n++) {
    time.now += n % 3;
    const who = { client: draw(NAMES, n), model: draw(MODELS, n >> 1), remote: draw(REMOTES, n >> 2) };
    if (n % 5 === 0) audit.refusal(refusal(`call-${n}`, who));
    if (n % 5 === 0) continue;
    audit.intent(intent(`call-${n}`, who));
    const failed = n % 7 === 0;
    audit.outcome(
      outcome(`call-${n}`, {
        outcome: failed ? "throttled" : "ok",
        upstreamErrorType: failed ? "ThrottlingException" : null,
        upstreamRequestId: failed ? null : `aws-${n}`,
      }),
    );
  }
}

async function indexOfMany(count: number) {
  const log = await openLogAndLocalIndex();
  recordMany(log.audit, log.time, count);
  await log.insight.spent(ALWAYS);
  const calls = (await all(readCalls(log.dir))).toSorted(
    (a, b) => Date.parse(b.time) - Date.parse(a.time) || b.records[0]! - a.records[0]!,
  );
  return { ...log, calls };
}

async function allPages(insight: LocalIndex["insight"], query: CallQuery): Promise<string[]> {
  const { calls, next } = await insight.calls(query);
  const ids = calls.map(({ call }) => call);
  return next === null ? ids : [...ids, ...(await allPages(insight, { ...query, cursor: next }))];
}

function isFound(
  call: Call,
  { since = 0, until = Infinity, text = "", ...asked }: Partial<CallQuery>,
): boolean {
  const time = Date.parse(call.time);
  const begins = [call.call, call.upstreamRequestId].some((id) => id?.startsWith(text));
  const names = [
    call.client,
    call.key,
    call.delegation,
    call.model,
    call.error,
    call.upstreamErrorType,
    call.remote,
  ];
  const has = names.some((name) => name?.toLowerCase().includes(text.toLowerCase()));
  const { client = call.client, model = call.model, outcome: result = call.outcome } = asked;
  const named = call.client === client && call.model === model && call.outcome === result;
  return time >= since && time < until && named && (begins || has);
}

describe("a search", () => {
  it("finds exactly the matching calls over all pages, the latest first", async () => {
    const { insight, calls } = await indexOfMany(300);
    const times = calls.map(({ time }) => Date.parse(time));
    const queries = fc.record(
      {
        since: fc.constantFrom(...times),
        until: fc.constantFrom(...times),
        client: fc.constantFrom(...NAMES, "nobody"),
        model: fc.constantFrom(...MODELS),
        outcome: fc.constantFrom("ok" as const, "throttled" as const, "refused" as const),
        text: fc.constantFrom(
          "call-1",
          "call-11",
          "aws-2",
          "THROTTLING",
          "claude%",
          "db8",
          "7",
          "_",
          "%",
          "'",
          "",
        ),
        limit: fc.integer({ min: 1, max: 60 }),
      },
      { requiredKeys: ["limit"] },
    );
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const expected = calls.filter((call) => isFound(call, query)).map(({ call }) => call);
        expect(await allPages(insight, query)).toEqual(expected);
      }),
    );
  });

  it.each(["%", "_", "100_", "a%b", "' OR 1=1 --", '"', "\\", "\u0000", "__proto__"])(
    "takes %j literally",
    async (text) => {
      const { insight, calls } = await indexOfMany(20);
      const having = calls.filter((call) => isFound(call, { text })).map(({ call }) => call);
      expect(await allPages(insight, { limit: 50, text })).toEqual(having);
      const own = calls.filter(({ client }) => client === text).map(({ call }) => call);
      expect(await allPages(insight, { limit: 50, client: text })).toEqual(own);
    },
  );

  it("finds part of an address among many", async () => {
    const { insight, audit } = await openLogAndLocalIndex();
    for (let n = 0; n < 300; n++) audit.refusal(refusal(`call-${n}`, { remote: `10.9.${n}.1` }));
    await insight.spent(ALWAYS);
    expect(await allPages(insight, { limit: 100, text: "10.9." })).toHaveLength(300);
    expect(await allPages(insight, { limit: 100, text: "10.9.299." })).toEqual(["call-299"]);
  });
});

describe("a cursor", () => {
  it("continues where the page ended while calls are added and others end", async () => {
    const { insight, audit, time, calls } = await indexOfMany(100);
    const first = await insight.calls({ limit: 10 });
    time.now += 1;
    audit.refusal(refusal("new"));
    await insight.spent(ALWAYS);
    const rest = await allPages(insight, { limit: 10, cursor: first.next! });
    expect(rest).toEqual(calls.slice(10).map(({ call }) => call));
  });

  it.each([
    ["empty", ""],
    ["none at all", "abc"],
    ["of three numbers", Buffer.from("1.2.3").toString("base64url")],
    ["not as a page gives it", Buffer.from("01.2").toString("base64url")],
    ["negative", Buffer.from("-1.2").toString("base64url")],
    ["padded", `${Buffer.from("1.2").toString("base64url")}=`],
    ["long", Buffer.from("1.2").toString("base64url").padEnd(5000, "A")],
    ["of no whole numbers", Buffer.from("1e99.2").toString("base64url")],
  ])("that is %s is refused", async (_what, cursor) => {
    const { insight } = await openLogAndLocalIndex();
    const refused = insight.calls({ limit: 1, cursor });
    await expect(refused).rejects.toThrow(InsightError);
    await expect(refused).rejects.toMatchObject({ code: "invalid_cursor" });
  });
});

describe("model names invented by callers", () => {
  it("don't make the index's names grow without bound, and calls still show them", async () => {
    const { insight, audit } = await openLogAndLocalIndex();
    const model = "m".repeat(300);
    audit.refusal(refusal("one", { model }));
    await insight.spent(ALWAYS);
    const { calls } = await insight.calls({ limit: 1 });
    expect(calls[0]).toMatchObject({ model });
    const { models } = await insight.overview({ since: 0, until: 4_000_000_000_000 });
    expect(models).toMatchObject([{ name: null, refused: 1 }]);
  });
});
