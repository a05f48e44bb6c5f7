/**
 * Hands a translated stream to the caller: each of Bedrock's events becomes text of the caller's protocol, no faster
 * than the caller takes it. Until the first text there is no head, so that a stream which begins with an exception is
 * an ordinary error. A stream that fails later says so in the protocol's own way and is never completed.
 */
import { SignetError } from "../core/errors.ts";
import { failureOfUpstream } from "../protocols/upstream-failure.ts";
import { readException } from "../bedrock/errors.ts";
import { failureOf, type Failure } from "../protocols/failure.ts";
import type { Streamed, StreamTranslator } from "../protocols/translation.ts";
import { CutError, type Flight } from "./flight.ts";
import type { Forwarded } from "./forward.ts";
import type { Line } from "./line.ts";
import { streamMeter, type Exception, type Meter } from "../usage/meter.ts";
import { PieceWriter } from "../http/pieces.ts";
import { cutError, relayRefusal } from "./relay.ts";
import { breakOff, breakOffAfterWritten, render, sendAnswer, translatedHead } from "../http/respond.ts";
import { isTimeout } from "../upstream/retry.ts";
import { outcomeOf, type Tally } from "./tally.ts";

/** Callers and what stands between give up on connections that are silent for long. */
const PING_MS = 15_000;

export async function relayStream(
  line: Line,
  call: Forwarded,
  { streamed, flight, tally }: { streamed: Streamed; flight: Flight; tally: Tally },
): Promise<void> {
  await call.durable;
  if (call.refusal) return relayRefusal(line, call, tally);
  const relay = new StreamRelay(call, { streamed, flight, tally });
  const ending = await relay.run();
  if (ending.kind === "broken") {
    line.log.warn({ call: call.exchange.id, reason: ending.cause.message }, "a stream was broken off");
  }
}

/** How a stream came to its end. */
type Ending =
  | { kind: "complete" }
  | { kind: "exception"; exception: Exception }
  /** Bedrock's events make no answer. */
  | { kind: "invalid"; error: SignetError }
  /** Cut, damaged or incomplete. */
  | { kind: "broken"; cause: Error };

class StreamRelay {
  readonly #call: Forwarded;
  readonly #streamed: Streamed;
  readonly #flight: Flight;
  readonly #tally: Tally;
  readonly #translator: StreamTranslator;
  readonly #meter: Meter;
  readonly #pieces: PieceWriter;
  /** What the events of the chunk at hand have become. */
  #text = "";
  #wroteSincePing = false;

  constructor(
    call: Forwarded,
    { streamed, flight, tally }: { streamed: Streamed; flight: Flight; tally: Tally },
  ) {
    this.#call = call;
    this.#streamed = streamed;
    this.#flight = flight;
    this.#tally = tally;
    this.#translator = streamed.open();
    this.#pieces = new PieceWriter(call.exchange.response, () => call.answer?.resume());
    this.#meter = streamMeter(call.delegation.recordContent, (type, payload) => {
      this.#text += this.#translator.event(type, payload);
    });
  }

  async run(): Promise<Ending> {
    const pings = setInterval(() => this.#ping(), PING_MS);
    try {
      const ending = await this.#pass();
      this.#finish(ending);
      return ending;
    } finally {
      clearInterval(pings);
    }
  }

  /** Moves the events until the stream has ended, one way or another. */
  #pass(): Promise<Ending> {
    const { answer } = this.#call;
    return new Promise((resolve) => {
      answer?.deliver({
        data: (chunk) => {
          const broken = this.#take(chunk);
          if (this.#text !== "" && !this.#flight.callerGone && !this.#write()) answer.pause();
          if (!broken) return;
          resolve(broken);
          answer.abort(new Error("the stream is of no more use"));
        },
        end: () => resolve(this.#ended()),
        error: (cause) => resolve({ kind: "broken", cause }),
      });
    });
  }

  #take(chunk: Buffer): Ending | undefined {
    try {
      this.#meter.push(chunk);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === "FrameError") return { kind: "broken", cause: thrown };
      return { kind: "invalid", error: invalidAnswer(thrown) };
    }
    const { exception } = this.#meter;
    return exception && { kind: "exception", exception };
  }

  #ended(): Ending {
    if (this.#meter.truncated()) return incomplete();
    const last = this.#translator.end();
    if (last === undefined) return incomplete();
    this.#text += last;
    return { kind: "complete" };
  }

  #finish(ending: Ending): void {
    const { exchange } = this.#call;
    this.#tally.reported(this.#meter.counts());
    this.#tally.content = this.#meter.content();
    if (!this.#flight.callerGone) {
      if (ending.kind === "complete") {
        this.#write();
        exchange.response.end();
      } else this.#fail(ending);
    }
    if (ending.kind === "broken")
      this.#tally.estimated(Math.ceil(this.#call.outboundBody.length / 4), this.#meter.events());
    this.#close(ending);
  }

  /** An error before the first text is an ordinary one; later it is the protocol's, in the stream. */
  #fail(ending: Exclude<Ending, { kind: "complete" }>): void {
    const { exchange } = this.#call;
    if (this.#flight.cutReason === "revoked" && exchange.response.headersSent) return breakOff(exchange);
    const failure = failureOfEnding(ending);
    if (failure.code !== null) this.#tally.error = failure.code;
    if (!exchange.response.headersSent && this.#text === "") {
      const answer = render(exchange, failure);
      this.#tally.status = answer.status;
      this.#tally.firstByte();
      return sendAnswer(exchange, answer);
    }
    this.#text += this.#translator.fail(failure);
    this.#write();
    // Bedrock's own reason ends the stream as vendors end it; of any other, no client may take the end for a good one.
    if (ending.kind === "broken") breakOffAfterWritten(exchange);
    else exchange.response.end();
  }

  /** False where the caller should be waited for. */
  #write(): boolean {
    const text = this.#text;
    this.#text = "";
    this.#head();
    if (text === "") return true;
    this.#wroteSincePing = true;
    const bytes = Buffer.byteLength(text);
    this.#tally.responseBytes += bytes;
    return this.#pieces.write(text, bytes);
  }

  #head(): void {
    const { exchange } = this.#call;
    if (exchange.response.headersSent) return;
    this.#tally.firstByte();
    this.#tally.status = 200;
    translatedHead(exchange, {
      "content-type": this.#streamed.contentType,
      "cache-control": "no-cache",
      // Proxies in front that buffer would hold the stream back.
      "x-accel-buffering": "no",
    });
  }

  #ping(): void {
    const { response } = this.#call.exchange;
    const silent = !this.#wroteSincePing && !this.#flight.callerGone && !this.#pieces.full;
    this.#wroteSincePing = false;
    if (!silent || response.writableEnded) return;
    this.#text += this.#translator.ping;
    this.#write();
    this.#wroteSincePing = false;
  }

  #close(ending: Ending): void {
    const tally = this.#tally;
    if (ending.kind === "exception") tally.upstreamErrorType = ending.exception.name;
    if (this.#flight.cutReason === "revoked") return tally.close("revoked");
    if (this.#flight.callerGone) return tally.close("client_gone");
    switch (ending.kind) {
      case "complete":
        return tally.close("ok");
      case "exception":
        return tally.close(outcomeOf(0, ending.exception.name));
      case "invalid":
        return tally.close("upstream_error");
      case "broken":
        return tally.close("truncated");
      default: {
        const _: never = ending;
        return _;
      }
    }
  }
}

function incomplete(): Ending {
  return { kind: "broken", cause: new Error("the stream ended before its end") };
}

/** What a translator threw: its own error, or that it could not read an event. */
function invalidAnswer(thrown: unknown): SignetError {
  if (thrown instanceof SignetError) return thrown;
  return new SignetError("upstream_invalid", "Bedrock's answer can't be understood.", { cause: thrown });
}

function failureOfEnding(ending: Exclude<Ending, { kind: "complete" }>): Failure {
  switch (ending.kind) {
    case "exception":
      return failureOfUpstream(readException(ending.exception.name, ending.exception.payload));
    case "invalid":
      return failureOf(ending.error);
    case "broken": {
      const { cause } = ending;
      if (cause instanceof CutError) return failureOf(cutError(cause));
      const code = isTimeout(cause) ? "upstream_timeout" : "upstream_invalid";
      return failureOf(new SignetError(code, "Bedrock's answer broke off before its end. Try again."));
    }
    default: {
      const _: never = ending;
      return _;
    }
  }
}
