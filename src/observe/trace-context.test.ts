import fc from "fast-check";
import { expect, it } from "vitest";
import { callersSpan } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const spanOf = (traceparent: string | undefined, tracestate?: string) =>
  callersSpan({ traceparent, tracestate });

it("the caller's span and its sampled flag are read from traceparent", () => {
  expect(spanOf(`00-${TRACE}-${SPAN}-01`)).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 1 });
  expect(spanOf(`00-${TRACE}-${SPAN}-00`)).toMatchObject({ traceFlags: 0, isRemote: true });
  // Bits unknown to this version are not passed on.
  expect(spanOf(`00-${TRACE}-${SPAN}-ff`)).toMatchObject({ traceFlags: 1 });
});

it("a later version of traceparent may have more fields, version 0 may not", () => {
  expect(spanOf(`01-${TRACE}-${SPAN}-01-more`)).toMatchObject({ traceId: TRACE });
  expect(spanOf(`00-${TRACE}-${SPAN}-01-more`)).toBeUndefined();
});

it.each([
  undefined,
  "",
  `ff-${TRACE}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ` 00-${TRACE}-${SPAN}-01`,
])("an invalid traceparent is ignored: %j", (traceparent) => {
  expect(spanOf(traceparent)).toBeUndefined();
});

it("tracestate is kept within a bound, and never without traceparent", () => {
  const traceparent = `00-${TRACE}-${SPAN}-01`;
  expect(spanOf(traceparent, "vendor=1,other=2")?.traceState?.serialize()).toBe("vendor=1,other=2");
  expect(spanOf(traceparent, `a=${"x".repeat(511)}`)?.traceState).toBeUndefined();
  expect(spanOf(undefined, "vendor=1")).toBeUndefined();
});

it("any other text as traceparent is ignored", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (traceparent, tracestate) => {
      expect(spanOf(traceparent, tracestate)).toBeUndefined();
    }),
  );
});
