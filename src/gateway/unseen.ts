/** The usage assumed for a call when Bedrock didn't report it. */
import type { Outcome, Usage } from "../audit/call-record.ts";
import { countsTokens, neededBy, tokensIn } from "../usage/estimate.ts";
import { RequestScan } from "../usage/scan.ts";
import type { Outbound } from "./stages.ts";

type Ended = Omit<Outcome, "cost">;

/**
 * As reported by Bedrock, otherwise estimated from the part of the stream that was seen, otherwise from the request.
 */
export function usageOf(call: Outbound, outcome: Ended): Usage {
  return isUnseen(call, outcome) ? estimatedUsage(call, outcome) : outcome.usage;
}

/**
 * Whether Bedrock may have worked without reporting usage: the model gives no counts, or the call was cut, timed out or
 * broke before they came.
 */
function isUnseen({ call: { target } }: Outbound, outcome: Ended): boolean {
  const { usage, attempts, error, upstreamStatus, upstreamErrorType } = outcome;
  if (usage.source !== "none" || attempts === 0 || !countsTokens(target.operation)) return false;
  if (upstreamErrorType !== null || error === "upstream_unreachable") return false;
  return upstreamStatus === null || upstreamStatus < 300;
}

/** Bedrock finishes and bills a call whose caller has left; counting less would let callers bypass every budget. */
function estimatedUsage({ call: { target }, body }: Outbound, { outcome, responseBytes }: Ended): Usage {
  const { input, output } = neededBy(target.subject ?? "", new RequestScan(body));
  return {
    inputTokens: input,
    outputTokens: outcome === "ok" ? Math.min(output, tokensIn(responseBytes)) : output,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    cacheWrite1hInputTokens: null,
    source: "estimated",
  };
}
