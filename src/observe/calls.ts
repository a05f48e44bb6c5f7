/** The metrics of calls. Children are looked up once for each combination of labels, so that a call costs a few additions. */
import { Counter, Histogram, type Registry } from "prom-client";
import type { ObservedCall, Observer } from "../audit/observer.ts";
import type { Outcome } from "../audit/types.ts";

/** Seconds: from an echo to the longest stream. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const LABELS = ["delegation", "client", "protocol", "operation"] as const;
/** What is beyond counts as `other`: names are the operators', but they may be many. */
const MOST_SERIES = 5_000;
const TOKENS = ["input", "output", "cache_read", "cache_write"] as const;

interface Series {
  calls: { inc(): void };
  duration: { observe(seconds: number): void };
  firstByte: { observe(seconds: number): void };
  tokens: { inc(by: number): void }[];
  cost: { inc(by: number): void };
  unpriced: { inc(): void };
  attempts: { inc(by: number): void };
}

export function observeCalls(registry: Registry): Observer {
  const registers = [registry];
  const instruments = instrumentsOn(registers);
  const refusals = new Counter({
    name: "signet_refusals_total",
    help: "Calls of known keys that were turned away before anything was sent to AWS, by error code.",
    labelNames: ["delegation", "client", "error"],
    registers,
  });
  const unauthenticated = new Counter({
    name: "signet_unauthenticated_total",
    help: "Requests that were turned away before it was known who sent them, by error code.",
    labelNames: ["error"],
    registers,
  });
  const assumed = new Counter({
    name: "signet_sts_calls_total",
    help: "AssumeRole calls, by result.",
    labelNames: ["delegation", "result"],
    registers,
  });
  const known = new Map<string, Series>();
  const seriesOf = (call: ObservedCall, outcome: string): Series => {
    const id = `${call.delegation}\n${call.client}\n${call.protocol}\n${call.operation}\n${outcome}`;
    const found = known.get(id);
    if (found) return found;
    const isFull = known.size >= MOST_SERIES;
    const { delegation, client, protocol, operation } = call;
    const labels = isFull
      ? { delegation: "other", client: "other", protocol, operation }
      : { delegation, client, protocol, operation };
    const made = instruments(labels, outcome);
    if (!isFull) known.set(id, made);
    return made;
  };
  return {
    ended: (call, outcome) => add(seriesOf(call, outcome.outcome), outcome),
    refused: ({ delegation, client, error }) => refusals.inc({ delegation, client, error }),
    unauthenticated: (error) => unauthenticated.inc({ error }),
    session: (delegation, _client, obtained) =>
      assumed.inc({ delegation, result: obtained ? "success" : "failure" }),
  };
}

function add(series: Series, { usage, cost, totalMs, firstByteMs, attempts }: Outcome): void {
  series.calls.inc();
  if (totalMs !== null) series.duration.observe(totalMs / 1000);
  if (firstByteMs !== null) series.firstByte.observe(firstByteMs / 1000);
  if (attempts > 1) series.attempts.inc(attempts - 1);
  if (usage.source === "none") return;
  const counts = [
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadInputTokens,
    usage.cacheWriteInputTokens,
  ];
  for (const [at, count] of counts.entries()) if (count > 0) series.tokens[at]?.inc(count);
  if (cost) series.cost.inc(cost.usd);
  else series.unpriced.inc();
}

type Labels = Record<(typeof LABELS)[number], string>;

function instrumentsOn(registers: Registry[]): (labels: Labels, outcome: string) => Series {
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: LABELS, buckets: BUCKETS, registers });
  const calls = counter("signet_calls_total", "Calls sent to Bedrock, by outcome.", [...LABELS, "outcome"]);
  const duration = histogram("signet_call_duration_seconds", "From a call's arrival to its end.");
  const firstByte = histogram(
    "signet_call_first_byte_seconds",
    "From a call's arrival to the first byte of its answer.",
  );
  const tokens = counter("signet_tokens_total", "Tokens, as Bedrock counted them.", [...LABELS, "kind"]);
  const cost = counter("signet_cost_dollars_total", "US dollars of calls whose price is known.", [...LABELS]);
  const unpriced = counter("signet_unpriced_calls_total", "Calls with usage and no known price.", [
    ...LABELS,
  ]);
  const retries = counter("signet_retries_total", "Second attempts at Bedrock.", [...LABELS]);
  return (labels, outcome) => ({
    calls: calls.labels({ ...labels, outcome }),
    duration: duration.labels(labels),
    firstByte: firstByte.labels(labels),
    tokens: TOKENS.map((kind) => tokens.labels({ ...labels, kind })),
    cost: cost.labels(labels),
    unpriced: unpriced.labels(labels),
    attempts: retries.labels(labels),
  });
}
