/**
 * Sends the signed call to Bedrock and waits for the head of its answer. Where Bedrock refuses the session or its
 * time, or is briefly unable, the call is signed and sent once more; nothing has been relayed by then.
 */
import { SignetError } from "../core/errors.ts";
import { decodeFrame } from "../eventstream/decode.ts";
import { PRELUDE_BYTES } from "../eventstream/layout.ts";
import { envelopeOf, type Envelope } from "../eventstream/message.ts";
import { readException, readUpstreamError, type UpstreamError } from "../bedrock/errors.ts";
import { credential } from "./credential.ts";
import { CutError, type Flight } from "./flight.ts";
import type { Line } from "./line.ts";
import { isTimeout, isUnreadable, retryForAnswer, retryForFailure, type Retry } from "../upstream/retry.ts";
import { sign } from "./sign.ts";
import type { Tally } from "./tally.ts";
import { OPERATIONS } from "../core/operations.ts";
import type { Recorded, Signed } from "./types.ts";
import { EARLY_LIMIT, type UpstreamAnswer, type UpstreamHead } from "../upstream/upstream.ts";

/** Bedrock's answer: its body still flowing, or an error that was read whole. */
export type Forwarded = Recorded & { head: UpstreamHead } & (
    | { answer: UpstreamAnswer; refusal?: never }
    | { refusal: UpstreamError; answer?: never }
  );

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_PAUSE_MS = 200;
/** A denial may be meant for every session: so often, at most, is a new one asked for because of one. */
const OLD_SESSION_MS = 5 * 60_000;

export async function forward(line: Line, call: Recorded, flight: Flight, tally: Tally): Promise<Forwarded> {
  const first = await attempt(line, sign(line, call), flight, tally);
  const retry = first.retry ?? retryForFailure(first.failure);
  if (retry === "no" || flight.cutReason || flight.callerGone) return settled(first);
  if (!(await prepare(line, call, first, retry))) return settled(first);
  try {
    const session = await credential(line, call);
    if (flight.cutReason || flight.callerGone) return settled(first);
    return settled(await attempt(line, sign(line, session), flight, tally));
  } finally {
    if (retry === "again") line.retries.give();
  }
}

type Attempt =
  | { forwarded: Forwarded; retry: Retry; failure?: never }
  | { failure: unknown; forwarded?: never; retry?: never };

async function attempt(line: Line, call: Signed, flight: Flight, tally: Tally): Promise<Attempt> {
  tally.attempts++;
  try {
    const answer = send(line, call);
    flight.carry(answer);
    const head = await answer.head;
    tally.upstreamStatus = head.status;
    tally.upstreamRequestId = head.headers["x-amzn-requestid"] ?? null;
    const refusal = await refusalOf(head, answer);
    if (!refusal) return { forwarded: { ...call, head, answer }, retry: "no" };
    tally.upstreamErrorType = refusal.type || null;
    return { forwarded: { ...call, head, refusal }, retry: retryForAnswer(refusal) };
  } catch (failure) {
    return { failure };
  }
}

async function refusalOf(head: UpstreamHead, answer: UpstreamAnswer): Promise<UpstreamError | undefined> {
  const { status, headers } = head;
  if (status < 200 || status > 299) return readUpstreamError(status, headers, await collect(answer));
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

/** Undefined for a damaged one: whoever relays it finds that, too. */
function wholeFrame(bytes: Buffer): (Envelope & { payload: Uint8Array }) | undefined {
  try {
    const { headers, payload } = decodeFrame(bytes);
    return { ...envelopeOf(headers), payload };
  } catch {
    return undefined;
  }
}

function send(line: Line, { target, origin, signedHeaders, outboundBody }: Signed): UpstreamAnswer {
  const { firstByteSeconds, unarySeconds, idleSeconds } = line.settings.timeouts;
  const { streaming } = OPERATIONS[target.operation];
  return line.upstream.send({
    origin,
    method: target.method,
    path: target.query === "" ? target.path : `${target.path}?${target.query}`,
    headers: signedHeaders,
    body: outboundBody,
    firstByteMs: 1000 * (streaming ? firstByteSeconds : unarySeconds),
    idleMs: 1000 * idleSeconds,
  });
}

/** Mends what the first attempt failed on. False where a second one would not help, or is beyond the budget. */
async function prepare(
  line: Line,
  call: Recorded,
  first: Attempt,
  retry: Exclude<Retry, "no">,
): Promise<boolean> {
  switch (retry) {
    case "new_session":
      line.broker.discard(call.delegation, call.client, call.session);
      return true;
    case "younger_session":
      return line.broker.discard(call.delegation, call.client, call.session, OLD_SESSION_MS);
    case "new_time":
      return line.signingClock.adopt(first.forwarded?.head.headers["date"]);
    case "again":
      if (!line.retries.take(line.flights.size)) return false;
      await new Promise((resolve) => void setTimeout(resolve, Math.random() * MAX_PAUSE_MS));
      return true;
    default: {
      const _: never = retry;
      return _;
    }
  }
}

function settled({ forwarded, failure }: Attempt): Forwarded {
  if (forwarded) return forwarded;
  if (failure instanceof CutError) throw failure;
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

/** An error's body, as far as it is worth reading: of one that is longer, the status and type have to do. */
function collect(answer: UpstreamAnswer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.deliver({
      data(chunk) {
        size += chunk.length;
        if (size <= MAX_ERROR_BYTES) {
          chunks.push(chunk);
          return;
        }
        resolve(Buffer.concat(chunks));
        answer.abort(new Error("the error answer is too long"));
      },
      end: () => resolve(Buffer.concat(chunks)),
      error: reject,
    });
  });
}
