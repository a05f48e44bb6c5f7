/** Observers of calls, notified as records are made: metrics, traces. They must not throw or block. */
import type { ErrorCode } from "../core/errors.ts";
import type { Intent, Outcome, Refusal } from "./call-record.ts";

/** The caller's W3C Trace Context, unchecked. */
export interface TraceHeaders {
  traceparent: string | undefined;
  tracestate: string | undefined;
}

/** A call's intent, where it was sent, and its caller's trace. */
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
  /** A request that was refused before the caller was authenticated. */
  unauthenticated(error: ErrorCode): void;
  /** An AssumeRole that succeeded or failed. */
  session(delegation: string, client: string, obtained: boolean): void;
}
