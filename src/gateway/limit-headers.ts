/** Response headers with what remains of the tightest limits, in the caller's protocol. */
import type { LimitStatus } from "../limits/service.ts";
import type { LimitState } from "../limits/state.ts";
import type { LimitLeft } from "../protocols/limit-headers.ts";
import type { ProtocolModule } from "../protocols/protocol.ts";

/** `now`: epoch milliseconds. */
export function limitHeaders(
  { paces, warning }: LimitStatus,
  protocol: ProtocolModule,
  now: number,
): Record<string, string> {
  const requests = tightestOf(paces.map((pace) => pace.requests));
  const tokens = tightestOf(paces.map((pace) => pace.tokens));
  const headers = protocol.limitHeaders(
    { ...(requests && { requests: leftOf(requests, now) }), ...(tokens && { tokens: leftOf(tokens, now) }) },
    now,
  );
  if (warning)
    headers["x-signet-budget"] = `${warning.scope}/${warning.name} ${warning.limit} ${warning.percent}%`;
  return headers;
}

function tightestOf(states: readonly (LimitState | undefined)[]): LimitState | undefined {
  let tightest: LimitState | undefined;
  for (const state of states)
    if (state && (!tightest || remaining(state) < remaining(tightest))) tightest = state;
  return tightest;
}

function leftOf(state: LimitState, now: number): LimitLeft {
  return { max: state.max, remaining: remaining(state), resetsAt: state.resetsAt ?? now };
}

function remaining({ max, used }: LimitState): number {
  return Math.max(0, max - used);
}
