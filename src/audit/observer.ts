/** Whoever is told of calls as their records are made: metrics, traces. Nothing here may throw or wait. */
import type { ErrorCode } from "../core/errors.ts";
import type { Intent, Outcome, Refusal } from "./call-record.ts";

/** The caller's W3C Trace Context, as it came: not checked. */
export interface TraceHeaders {
  traceparent: string | undefined;
  tracestate: string | undefined;
}

/** What the intent said of a call, where it went, and what only its caller knows. */
export type ObservedCall = Pick<
  Intent,
  "call" | "client" | "key" | "delegation" | "protocol" | "operation" | "model" | "region"
> &
  TraceHeaders & {
    /** `https://bedrock-runtime.us-east-1.amazonaws.com` */
    origin: string;
  };

export interface Observer {
  ended(call: ObservedCall, outcome: Outcome): void;
  refused(refusal: Refusal, trace: TraceHeaders): void;
  /** A request that was turned away before it was known who sent it. */
  unauthenticated(error: ErrorCode): void;
  /** An AssumeRole that succeeded or failed. */
  session(delegation: string, client: string, obtained: boolean): void;
}
