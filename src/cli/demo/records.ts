/** The tour's look at the audit log: the calls, their request ids in AWS, the chain. */
import { readCalls, type Call } from "../../audit/calls.ts";
import { verifyAudit } from "../../audit/verify.ts";
import { must } from "./must.ts";
import type { Show } from "./show.ts";
import type { Stage } from "./stage.ts";

/** `made`: how many calls went to Bedrock so far. */
export async function showAudit({ auditDir, sandbox }: Stage, show: Show, made: number): Promise<void> {
  const calls = (await Array.fromAsync(readCalls(auditDir))).filter(({ outcome }) => outcome !== "running");
  show.block(calls.map(auditLine));
  const forwarded = calls.filter(({ upstreamRequestId }) => upstreamRequestId !== null);
  const seenByAws = new Set(sandbox.calls().map(({ requestId }) => requestId));
  must(forwarded.length === made, `${made} calls must have an outcome, not ${forwarded.length}`);
  must(
    forwarded.every(({ upstreamRequestId }) => seenByAws.has(upstreamRequestId ?? "")),
    "every outcome must name AWS's request id",
  );
  show.seen(
    "each outcome carries the request id that AWS logged",
    `${forwarded.length} of ${forwarded.length}`,
  );
  const verdict = await verifyAudit(auditDir);
  must(verdict.ok, "the audit log must verify");
  show.seen("the hash chain is intact", `${verdict.chains[0]?.records ?? 0} records`);
}

function auditLine(call: Call): string {
  const usage = call.usage
    ? `${call.usage.inputTokens}→${call.usage.outputTokens} tokens`
    : (call.error ?? "");
  const operation = (call.operation ?? "").padEnd(29);
  return `${call.time.slice(11, 23)}  ${call.client}  ${operation} ${call.outcome.padEnd(8)} ${String(call.status ?? "").padEnd(4)} ${usage}`;
}
