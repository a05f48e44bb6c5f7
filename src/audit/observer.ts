/** Whoever is told of calls as their records are made: metrics, traces. Nothing here may throw or wait. */
import type { Intent, Outcome, Refusal } from "./types.ts";

/** What the intent said of a call, and what only its caller knows. */
export type ObservedCall = Pick<
  Intent,
  "call" | "client" | "key" | "delegation" | "protocol" | "operation" | "model" | "region"
> & {
  /** The caller's `traceparent`, as it came. */
  traceparent: string | undefined;
};

export interface Observer {
  ended(call: ObservedCall, outcome: Outcome): void;
  refused(refusal: Refusal): void;
  /** An AssumeRole that succeeded or failed. */
  session(delegation: string, client: string, obtained: boolean): void;
}
