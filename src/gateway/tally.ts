/** Collects the facts of one call and writes its outcome record, exactly once. */
import type { Outcome, OutcomeKind, Usage } from "../audit/call-record.ts";
import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { TokenCounts } from "../bedrock/usage.ts";

const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  cacheWrite1hInputTokens: null,
  source: "none",
};

export class Tally {
  readonly call: string;
  readonly #startedAt: number;
  readonly #clock: Clock;
  readonly #write: (outcome: Omit<Outcome, "cost">) => void;
  #closed = false;
  #firstByteAt: number | undefined;
  attempts = 0;
  status: number | null = null;
  error: ErrorCode | null = null;
  upstreamStatus: number | null = null;
  upstreamRequestId: string | null = null;
  upstreamErrorType: string | null = null;
  responseBytes = 0;
  usage: Usage = NO_USAGE;
  /** The completion, if the delegation records content. */
  content: unknown;

  /** `startedAt`: by the clock's monotonic time. */
  constructor(
    call: string,
    startedAt: number,
    { clock, write }: { clock: Clock; write: (outcome: Omit<Outcome, "cost">) => void },
  ) {
    this.call = call;
    this.#startedAt = startedAt;
    this.#clock = clock;
    this.#write = write;
  }

  firstByte(): void {
    this.#firstByteAt ??= this.#clock.monotonic();
  }

  reported(counts: TokenCounts | undefined): void {
    if (!counts) return;
    const { cacheWrite1hInputTokens = null } = counts;
    this.usage = { ...counts, cacheWrite1hInputTokens, source: "reported" };
  }

  estimated(inputTokens: number, outputTokens: number): void {
    if (this.usage.source === "none")
      this.usage = { ...NO_USAGE, inputTokens, outputTokens, source: "estimated" };
  }

  /** Writes the outcome. Only the first ending of a call counts. */
  close(outcome: OutcomeKind): void {
    if (this.#closed) return;
    this.#closed = true;
    const firstByteAt = this.#firstByteAt;
    this.#write({
      call: this.call,
      outcome,
      status: this.status,
      upstreamStatus: this.upstreamStatus,
      upstreamRequestId: this.upstreamRequestId,
      upstreamErrorType: this.upstreamErrorType,
      error: this.error,
      usage: this.usage,
      firstByteMs: firstByteAt === undefined ? null : millis(firstByteAt - this.#startedAt),
      totalMs: millis(this.#clock.monotonic() - this.#startedAt),
      responseBytes: this.responseBytes,
      attempts: this.attempts,
      ...(this.content === undefined ? {} : { content: this.content }),
    });
  }
}

function millis(duration: number): number {
  return Math.round(duration * 100) / 100;
}
