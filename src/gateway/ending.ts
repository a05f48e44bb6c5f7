/**
 * Decides in one place how a call ends: what its caller gets, what the audit log and the operator's log record. A
 * revocation takes precedence over a caller that has left, and that over any error, for whole, streamed and relayed
 * answers alike. Only the first ending of a call counts.
 */
import type { OutcomeKind } from "../audit/call-record.ts";
import { readException, type UpstreamError } from "../bedrock/errors.ts";
import { asSignetError, SignetError } from "../core/errors.ts";
import { firstLine, reasonOf } from "../core/reason.ts";
import type { Exchange } from "../http/exchange.ts";
import { render, sendAnswer, sendError } from "../http/respond.ts";
import { failureOf, type Failure } from "../protocols/failure.ts";
import { failureOfUpstream } from "../protocols/upstream-failure.ts";
import { isTimeout } from "../upstream/retry.ts";
import type { Exception } from "../usage/meter.ts";
import { CutError, type Flight } from "./flight.ts";
import type { Line } from "./line.ts";
import type { Authenticated, Forwarded } from "./stages.ts";
import type { Tally } from "./tally.ts";

export type Ending =
  | { kind: "complete" }
  /** Bedrock answered with an error; `status` is what the caller got. */
  | { kind: "refused"; refusal: UpstreamError; status: number }
  /** Bedrock ended its stream with an exception. */
  | { kind: "exception"; exception: Exception }
  /** Cut, damaged or incomplete. */
  | { kind: "broken"; cause: Error }
  /** Signet's own error: Bedrock can't be reached, its answer can't be parsed, … */
  | { kind: "failed"; error: SignetError };

/** Closes the record of a call to Bedrock whose answer has been relayed, entirely or in part. */
export function end(
  line: Pick<Line, "log">,
  { tally, call }: Forwarded,
  flight: Flight,
  ending: Ending,
): void {
  if (ending.kind === "broken" && !flight.cutReason)
    line.log.warn({ call: call.exchange.id, reason: ending.cause.message }, "an answer was broken off");
  close(tally, flight, ending);
}

/** Passes on Bedrock's error. */
export function endRefused(
  line: Pick<Line, "log">,
  outbound: Forwarded & { refusal: UpstreamError },
  flight: Flight,
): void {
  const { refusal, tally, call } = outbound;
  const failure = failureOfUpstream(refusal);
  const answer = render(call.exchange, failure, refusal.requestId);
  tally.firstByte();
  tally.status = answer.status;
  tally.responseBytes = answer.body.length;
  if (failure.code !== null) {
    const { status, type, message } = refusal;
    line.log.warn({ call: call.exchange.id, status, type, aws: firstLine(message) }, "AWS refused the call");
  }
  sendAnswer(call.exchange, answer);
  end(line, outbound, flight, { kind: "refused", refusal, status: answer.status });
}

/** Ends a request that failed after its intents were recorded and before its answer was relayed. */
export function endFailed(
  line: Pick<Line, "log">,
  exchange: Exchange,
  flight: Flight,
  thrown: unknown,
): void {
  const error = thrown instanceof CutError ? cutError(thrown) : asSignetError(thrown);
  // Cuts its calls to Bedrock that are still running.
  flight.cut("shutdown");
  sendError(exchange, error);
  logFailure(line, exchange, error);
  for (const tally of flight.tallies) {
    if (!flight.callerGone) tally.status ??= error.status;
    close(tally, flight, { kind: "failed", error });
  }
}

/** Ends a request that never reached Bedrock. `known`: undefined while the caller is not authenticated. */
export function endUnsent(
  line: Line,
  { exchange, known }: { exchange: Exchange; known: Authenticated | undefined },
  thrown: unknown,
): void {
  const error = asSignetError(thrown);
  sendError(exchange, error);
  logFailure(line, exchange, error);
  if (known) refuse(line, known, error);
  else line.observer?.unauthenticated(error.code);
}

function close(tally: Tally, flight: Flight, ending: Ending): void {
  if (!flight.callerGone) tally.error ??= failureOfEnding(ending)?.code ?? null;
  if (ending.kind === "exception") tally.upstreamErrorType = ending.exception.name;
  if (flight.cutReason === "revoked") return tally.close("revoked");
  if (flight.callerGone) return tally.close("client_gone");
  tally.close(outcomeOf(ending));
}

function outcomeOf(ending: Ending): OutcomeKind {
  switch (ending.kind) {
    case "complete":
      return "ok";
    case "refused":
      return outcomeOfUpstream(ending.status, ending.refusal.type);
    case "exception":
      return outcomeOfUpstream(0, ending.exception.name);
    case "broken":
      return "truncated";
    case "failed":
      return outcomeOfError(ending.error);
    default: {
      const _: never = ending;
      return _;
    }
  }
}

function outcomeOfError({ code, status }: SignetError): OutcomeKind {
  if (code.startsWith("upstream_")) return "upstream_error";
  return status < 500 ? "client_error" : "gateway_error";
}

/** The outcome of a call that Bedrock ended with an exception, in an answer or in a stream. */
export function outcomeOfUpstream(status: number, type: string): OutcomeKind {
  if (status === 429 || /^throttling/i.test(type)) return "throttled";
  if (status === 401 || status === 403) return "denied";
  return status >= 400 && status < 500 ? "client_error" : "upstream_error";
}

/** The failure that the caller gets for an ending; undefined for a successful one. */
export function failureOfEnding(ending: Exclude<Ending, { kind: "complete" }>): Failure;
export function failureOfEnding(ending: Ending): Failure | undefined;
export function failureOfEnding(ending: Ending): Failure | undefined {
  switch (ending.kind) {
    case "complete":
      return undefined;
    case "refused":
      return failureOfUpstream(ending.refusal);
    case "exception":
      return failureOfUpstream(readException(ending.exception.name, ending.exception.payload));
    case "broken":
      return failureOf(brokenError(ending.cause));
    case "failed":
      return failureOf(ending.error);
    default: {
      const _: never = ending;
      return _;
    }
  }
}

/** The error for an answer that was cut, or that broke off before its end. */
export function brokenError(cause: unknown): SignetError {
  if (cause instanceof CutError) return cutError(cause);
  const code = isTimeout(cause) ? "upstream_timeout" : "upstream_invalid";
  return new SignetError(code, "Bedrock's answer broke off before its end. Try again.", { cause });
}

/** The error for a call that was cut from outside. */
export function cutError({ reason }: CutError): SignetError {
  switch (reason) {
    case "revoked":
      return new SignetError(
        "authentication_failed",
        "Authentication failed: Please make sure your API Key is valid.",
      );
    case "timeout":
      return new SignetError("upstream_timeout", "Bedrock did not answer in time.");
    case "unrecorded":
      return new SignetError("audit_unavailable", "The call can't be recorded at the moment.", {
        retryAfter: 5,
      });
    case "caller_gone":
    case "shutdown":
      return new SignetError("draining", "This gateway is shutting down.", { retryAfter: 1 });
    default: {
      const _: never = reason;
      return _;
    }
  }
}

function refuse(line: Line, call: Authenticated, error: SignetError): void {
  const { route, headers } = call;
  const refusal = {
    call: call.exchange.id,
    client: call.client.name,
    key: call.key.id,
    delegation: call.delegation.name,
    protocol: call.exchange.protocol.name,
    operation: route.kind === "native" ? route.operation : route.endpoint,
    model: readable(route.params[0]),
    region: call.delegation.region,
    status: error.status,
    error: error.code,
    remote: call.exchange.remote,
  };
  line.audit.refusal(refusal);
  line.observer?.refused(refusal, {
    traceparent: headers.get("traceparent"),
    tracestate: headers.get("tracestate"),
  });
}

/** A path parameter in readable form; a malformed one unchanged. */
function readable(raw: string | undefined): string | null {
  if (raw === undefined) return null;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

function logFailure({ log }: Pick<Line, "log">, exchange: Exchange, error: SignetError): void {
  const { code, cause } = error;
  const fields = { call: exchange.id, code, ...(cause === undefined ? {} : { reason: reasonOf(cause) }) };
  if (code === "internal")
    log.error({ ...fields, stack: cause instanceof Error ? cause.stack : undefined }, error.message);
  else if (error.status >= 500) log.warn(fields, error.message);
  else log.debug(fields, error.message);
}
