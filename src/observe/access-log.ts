/** One line per call in the operator's log, at level debug: who, what, how it ended, how long it took. */
import type { ObservedCall, Observer } from "../audit/observer.ts";
import type { Outcome, Refusal } from "../audit/call-record.ts";
import type { Log } from "../core/log.ts";

export interface AccessLog {
  /** `traceId`: of the call's span, if traces are exported. */
  ended(call: ObservedCall, outcome: Outcome, traceId?: string): void;
  refused(refusal: Refusal, traceId?: string): void;
}

export function createAccessLog(log: Pick<Log, "debug">): AccessLog {
  return {
    ended({ call, delegation, client, key, protocol, operation }, { outcome, status, totalMs }, traceId) {
      const fields = { call, delegation, client, key, protocol, operation, outcome, status, ms: totalMs };
      log.debug(traced(fields, traceId), "call");
    },
    refused({ call, delegation, client, key, protocol, operation, error, status }, traceId) {
      const fields = {
        call,
        delegation,
        client,
        key,
        protocol,
        operation,
        outcome: "refused",
        error,
        status,
      };
      log.debug(traced(fields, traceId), "call");
    },
  };
}

function traced(fields: Record<string, unknown>, traceId: string | undefined): Record<string, unknown> {
  return traceId === undefined ? fields : { ...fields, trace_id: traceId };
}

/** For an access log without traces. */
export function observerOf(access: AccessLog): Observer {
  return {
    ended: (call, outcome) => access.ended(call, outcome),
    refused: (refusal) => access.refused(refusal),
    unauthenticated: () => undefined,
    session: () => undefined,
  };
}
