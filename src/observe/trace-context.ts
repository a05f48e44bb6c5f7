/**
 * The caller's place in its own trace, from `traceparent` and `tracestate`. What isn't exactly of the specified form
 * is ignored, as the specification asks. Source: W3C Trace Context, level 1.
 */
import { createTraceState, TraceFlags, type SpanContext } from "@opentelemetry/api";
import type { TraceHeaders } from "../audit/observer.ts";

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]*)?$/;
const ZEROS = /^0+$/;
/** Bytes of `tracestate` that are kept; a longer one is left out. */
const MOST_STATE = 512;

/** The span that a call's own is put below; undefined where the caller named none. */
export function callersSpan({ traceparent, tracestate }: TraceHeaders): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // A later version may say more; version 0 may not, and ff is none.
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
