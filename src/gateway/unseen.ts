/** What a call is taken to have used where Bedrock didn't say. */
import type { Outcome, Usage } from "../audit/call-record.ts";
import { countsTokens, neededBy, tokensIn } from "../usage/estimate.ts";
import { RequestScan } from "../usage/scan.ts";
import type { Outbound } from "./stages.ts";

type Ended = Omit<Outcome, "cost">;

/** As Bedrock has said it, or as a stream that was cut lets it be estimated, or else from the request. */
export function usageOf(call: Outbound, outcome: Ended): Usage {
  return isUnseen(call, outcome) ? estimatedUsage(call, outcome) : outcome.usage;
}

/**
 * Whether Bedrock may have worked, and doesn't say what that used: the model gives no counts, or the call was cut, timed
 * out or broke before they came.
 */
function isUnseen({ call: { target } }: Outbound, outcome: Ended): boolean {
  const { usage, attempts, error, upstreamStatus, upstreamErrorType } = outcome;
  if (usage.source !== "none" || attempts === 0 || !countsTokens(target.operation)) return false;
  if (upstreamErrorType !== null || error === "upstream_unreachable") return false;
  return upstreamStatus === null || upstreamStatus < 300;
}

/** Bedrock finishes, and bills, what a caller has left: counted less, leaving early would get round every budget. */
function estimatedUsage({ call: { target }, body }: Outbound, { outcome, responseBytes }: Ended): Usage {
  const { input, output } = neededBy(target.subject ?? "", new RequestScan(body));
  return {
    inputTokens: input,
    outputTokens: outcome === "ok" ? Math.min(output, tokensIn(responseBytes)) : output,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    source: "estimated",
  };
}
