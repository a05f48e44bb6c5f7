/**
 * Sends the signed call to Bedrock and waits for the head of its answer. If Bedrock refuses the session or its time, or
 * is briefly unable to answer, the call is signed and sent once more; nothing has been relayed by then.
 */
import { readException, readUpstreamError, type UpstreamError } from "../bedrock/errors.ts";
import { pause } from "../core/clock.ts";
import { SignetError } from "../core/errors.ts";
import { isBidirectional, OPERATIONS } from "../core/operations.ts";
import { decodeFrame } from "../eventstream/decode.ts";
import { PRELUDE_BYTES } from "../eventstream/layout.ts";
import { envelopeOf, type Envelope } from "../eventstream/message.ts";
import { isTimeout, isUnreadable, retryForAnswer, retryForFailure, type Retry } from "../upstream/retry.ts";
import { EARLY_LIMIT, type UpstreamAnswer, type UpstreamHead } from "../upstream/upstream.ts";
import { forwardedCall } from "./advance.ts";
import { renewed } from "./credential.ts";
import { sendEvents } from "./events.ts";
import { CutError, type Flight } from "./flight.ts";
import type { Line } from "./line.ts";
import { sign } from "./sign.ts";
import type { Forwarded, Recorded, Signed } from "./stages.ts";

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_PAUSE_MS = 200;
/** A denial may apply to every session, so it causes a new one at most this often. */
const OLD_SESSION_MS = 5 * 60_000;

export async function forward(line: Line, call: Recorded, flight: Flight): Promise<Forwarded> {
  const first = await attempt(line, sign(line, call), flight);
  const retry = first.retry ?? retryForFailure(first.failure);
  if (retry === "no" || flight.cutReason || flight.callerGone) return settled(first);
  // Events that were sent are gone: the caller begins anew, with a new session if that is what was wrong.
  if (isBidirectional(call.call.target.operation)) {
    if (retry !== "again") await prepare(line, call, first, retry);
    return settled(first);
  }
  if (!(await prepare(line, call, first, retry))) return settled(first);
  try {
    const again = await renewed(line, call);
    if (flight.cutReason || flight.callerGone) return settled(first);
    return settled(await attempt(line, sign(line, again), flight));
  } finally {
    if (retry === "again") line.retries.give();
  }
}

type Attempt =
  | { forwarded: Forwarded; retry: Retry; failure?: never }
  | { failure: unknown; forwarded?: never; retry?: never };

async function attempt(line: Line, call: Signed, flight: Flight): Promise<Attempt> {
  const { tally } = call;
  tally.attempts++;
  try {
    const answer = send(line, call);
    flight.carry(answer);
    const head = await answer.head;
    tally.upstreamStatus = head.status;
    tally.upstreamRequestId = head.headers["x-amzn-requestid"] ?? null;
    const refusal = await refusalOf(head, answer);
    if (refusal) tally.upstreamErrorType = refusal.type || null;
    const forwarded = forwardedCall(call, { head, answer, refusal });
    return { forwarded, retry: refusal ? retryForAnswer(refusal) : "no" };
  } catch (failure) {
    return { failure };
  }
}

async function refusalOf(head: UpstreamHead, answer: UpstreamAnswer): Promise<UpstreamError | undefined> {
  const { status, headers } = head;
  if (status < 200 || status > 299) return readUpstreamError(status, headers, await errorBody(answer));
  const isStream = headers["content-type"]?.startsWith("application/vnd.amazon.eventstream");
  return isStream ? firstException(headers, answer) : undefined;
}

/** A throttled stream can begin with 200 and say so in its first frame: nothing has been relayed then. */
async function firstException(
  headers: UpstreamHead["headers"],
  answer: UpstreamAnswer,
): Promise<UpstreamError | undefined> {
  const prelude = await answer.early(PRELUDE_BYTES);
  if (prelude.length < PRELUDE_BYTES) return undefined;
  const length = prelude.readUInt32BE(0);
  if (length > EARLY_LIMIT) return undefined;
  const early = await answer.early(length);
  const frame = early.length < length ? undefined : wholeFrame(early.subarray(0, length));
  if (frame?.messageType !== "exception") return undefined;
  answer.abort(new Error("the stream began with an exception"));
  const error = readException(frame.exceptionType, frame.payload);
  return { ...error, requestId: headers["x-amzn-requestid"] ?? "" };
}

/** Undefined for a damaged frame: relaying it will report that. */
function wholeFrame(bytes: Buffer): (Envelope & { payload: Uint8Array }) | undefined {
  try {
    const { headers, payload } = decodeFrame(bytes);
    return { ...envelopeOf(headers), payload };
  } catch {
    return undefined;
  }
}

function send(line: Line, call: Signed): UpstreamAnswer {
  const { origin, signedHeaders, body } = call;
  const { target } = call.call;
  const { firstByteSeconds, unarySeconds, idleSeconds } = line.settings.timeouts;
  const { streaming } = OPERATIONS[target.operation];
  const request = {
    origin,
    method: target.method,
    path: target.query === "" ? target.path : `${target.path}?${target.query}`,
    headers: signedHeaders,
    body,
    firstByteMs: 1000 * (streaming ? firstByteSeconds : unarySeconds),
    idleMs: 1000 * idleSeconds,
  };
  if (!isBidirectional(target.operation)) return line.upstream.send(request);
  const opened = line.openBidirectional(request);
  sendEvents(line, call, opened);
  return opened.answer;
}

/** Fixes what the first attempt failed on. False if a second one would not help, or exceeds the budget. */
async function prepare(
  line: Line,
  { call: { delegation, client }, session }: Recorded,
  first: Attempt,
  retry: Exclude<Retry, "no">,
): Promise<boolean> {
  switch (retry) {
    case "new_session":
      line.broker.discard(delegation, client, session);
      return true;
    case "younger_session":
      return line.broker.discard(delegation, client, session, OLD_SESSION_MS);
    case "new_time":
      return line.signingClock.adopt(first.forwarded?.head.headers["date"]);
    case "again":
      if (!line.retries.take(line.flights.size)) return false;
      await pause(line.clock, Math.random() * MAX_PAUSE_MS);
      return true;
    default: {
      const _: never = retry;
      return _;
    }
  }
}

function settled({ forwarded, failure }: Attempt): Forwarded {
  if (forwarded) return forwarded;
  if (failure instanceof CutError || failure instanceof SignetError) throw failure;
  if (isTimeout(failure)) {
    throw new SignetError("upstream_timeout", "Bedrock did not answer in time.", { cause: failure });
  }
  if (isUnreadable(failure)) {
    throw new SignetError("upstream_invalid", "Bedrock's answer can't be read as HTTP.", { cause: failure });
  }
  throw new SignetError("upstream_unreachable", "Bedrock can't be reached at the moment. Try again.", {
    cause: failure,
    retryAfter: 1,
  });
}

/** An error's body, up to a limit: for a longer one, the status and type must suffice. */
async function errorBody(answer: UpstreamAnswer): Promise<Buffer> {
  return (await answer.collect(MAX_ERROR_BYTES)).body;
}
