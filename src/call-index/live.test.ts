import { expect, it } from "vitest";
import { openLive } from "./live.ts";
import type { IndexedCall } from "./types.ts";

const calls = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ call: `call-${from + n}` }) as IndexedCall);

function sentBy() {
  const sent: string[][] = [];
  const live = openLive((batch) => sent.push(batch.map(({ call }) => call)));
  return { sent, live };
}

it("live calls are sent one batch at a time, dropping the oldest while the receiver is slow", () => {
  const { sent, live } = sentBy();
  live.follow(true);
  live.add(calls(0, 1));
  live.add(calls(1, 900));
  live.add(calls(901, 900));
  expect(sent).toEqual([["call-0"]]);
  live.received();
  expect(sent).toHaveLength(2);
  expect(sent[1]).toHaveLength(1000);
  expect([sent[1]?.[0], sent[1]?.at(-1)]).toEqual(["call-801", "call-1800"]);
  live.received();
  expect(sent).toHaveLength(2);
});

it("live calls are sent only to followers, and only from then on", () => {
  const { sent, live } = sentBy();
  live.add(calls(0, 2));
  live.follow(true);
  live.add(calls(2, 1));
  live.follow(false);
  live.add(calls(3, 1));
  expect(sent).toEqual([["call-2"]]);
});
