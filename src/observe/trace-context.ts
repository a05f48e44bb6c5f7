/**
 * The caller's span, from `traceparent` and `tracestate`. Anything that doesn't have exactly the specified form is
 * ignored, as the specification requires. Source: W3C Trace Context, level 1.
 */
import { createTraceState, TraceFlags, type SpanContext } from "@opentelemetry/api";
import type { TraceHeaders } from "../audit/observer.ts";

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]*)?$/;
const ZEROS = /^0+$/;
/** Bytes of `tracestate` that are kept; a longer one is dropped. */
const MOST_STATE = 512;

/** The parent of a call's span; undefined if the caller named none. */
export function callersSpan({ traceparent, tracestate }: TraceHeaders): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // A later version may have more fields, version 0 may not, and ff is invalid.
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & TraceFlags.SAMPLED) !== 0;
  const state = tracestate !== undefined && tracestate.length <= MOST_STATE ? tracestate : undefined;
  return {
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  };
}
