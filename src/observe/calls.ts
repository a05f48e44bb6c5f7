/**
 * The metrics of calls. A call adds to plain numbers, in one object per combination of labels; they become metrics when
 * Prometheus scrapes.
 */
import { Counter, type Metric, type Registry } from "prom-client";
import type { ObservedCall, Observer } from "../audit/observer.ts";
import type { Outcome } from "../audit/call-record.ts";
import { newBuckets, observe, valuesOf, type Buckets } from "./buckets.ts";

const LABELS = ["delegation", "client", "protocol", "operation"] as const;
/** Further series count as `other`: operators choose the names, but there may be many. */
const MOST_SERIES = 5_000;
const TOKENS = ["input", "output", "cache_read", "cache_write"] as const;

type Labels = Record<(typeof LABELS)[number], string>;

/** All calls with the same labels. */
interface Series {
  labels: Labels;
  /** Calls, by outcome. */
  ended: Map<string, number>;
  duration: Buckets;
  firstByte: Buckets;
  /** In the order of `TOKENS`. */
  tokens: [number, number, number, number];
  /** US dollars. */
  cost: number;
  unpriced: number;
  retries: number;
}

export function observeCalls(registry: Registry): Observer {
  const registers = [registry];
  const known = new Map<string, Series>();
  registerCalls(registry, () => known.values());
  const refusals = new Counter({
    name: "signet_refusals_total",
    help: "Calls of known keys that were refused before anything was sent to AWS, by error code.",
    labelNames: ["delegation", "client", "error"],
    registers,
  });
  const unauthenticated = new Counter({
    name: "signet_unauthenticated_total",
    help: "Requests that were refused before the caller was authenticated, by error code.",
    labelNames: ["error"],
    registers,
  });
  const assumed = new Counter({
    name: "signet_sts_calls_total",
    help: "AssumeRole calls, by result.",
    labelNames: ["delegation", "result"],
    registers,
  });
  const seriesOf = ({ delegation, client, protocol, operation }: ObservedCall): Series => {
    const id = `${delegation}\n${client}\n${protocol}\n${operation}`;
    const found = known.get(id);
    if (found) return found;
    const labels =
      known.size < MOST_SERIES
        ? { delegation, client, protocol, operation }
        : { delegation: "other", client: "other", protocol, operation };
    const shared = Object.values(labels).join("\n");
    const made = known.get(shared) ?? newSeries(labels);
    known.set(shared, made);
    return made;
  };
  return {
    ended: (call, outcome) => add(seriesOf(call), outcome),
    refused: ({ delegation, client, error }) => refusals.inc({ delegation, client, error }),
    unauthenticated: (error) => unauthenticated.inc({ error }),
    session: (delegation, _client, obtained) =>
      assumed.inc({ delegation, result: obtained ? "success" : "failure" }),
  };
}

function newSeries(labels: Labels): Series {
  return {
    labels,
    ended: new Map(),
    duration: newBuckets(),
    firstByte: newBuckets(),
    tokens: [0, 0, 0, 0],
    cost: 0,
    unpriced: 0,
    retries: 0,
  };
}

function add(series: Series, { outcome, usage, cost, totalMs, firstByteMs, attempts }: Outcome): void {
  series.ended.set(outcome, (series.ended.get(outcome) ?? 0) + 1);
  if (totalMs !== null) observe(series.duration, totalMs / 1000);
  if (firstByteMs !== null) observe(series.firstByte, firstByteMs / 1000);
  if (attempts > 1) series.retries += attempts - 1;
  if (usage.source === "none") return;
  series.tokens[0] += usage.inputTokens;
  series.tokens[1] += usage.outputTokens;
  series.tokens[2] += usage.cacheReadInputTokens;
  series.tokens[3] += usage.cacheWriteInputTokens;
  if (cost) series.cost += cost.usd;
  else series.unpriced += 1;
}

function registerCalls(registry: Registry, all: () => Iterable<Series>): void {
  type Count = (labels: Record<string, string>, value: number) => void;
  const counter = (
    name: string,
    help: string,
    count: (series: Series, add: Count) => void,
    further: string[] = [],
  ) =>
    new Counter({
      name,
      help,
      labelNames: [...LABELS, ...further],
      registers: [registry],
      collect() {
        this.reset();
        for (const series of all()) count(series, (labels, value) => this.inc(labels, value));
      },
    });
  counter(
    "signet_calls_total",
    "Calls sent to Bedrock, by outcome.",
    ({ labels, ended }, inc) => ended.forEach((calls, outcome) => inc({ ...labels, outcome }, calls)),
    ["outcome"],
  );
  counter(
    "signet_tokens_total",
    "Tokens, as Bedrock counted them.",
    ({ labels, tokens }, inc) => TOKENS.forEach((kind, at) => inc({ ...labels, kind }, tokens[at] ?? 0)),
    ["kind"],
  );
  counter("signet_cost_dollars_total", "US dollars of calls whose price is known.", ({ labels, cost }, inc) =>
    inc(labels, cost),
  );
  counter(
    "signet_unpriced_calls_total",
    "Calls with usage and no known price.",
    ({ labels, unpriced }, inc) => inc(labels, unpriced),
  );
  counter("signet_retries_total", "Second attempts at Bedrock.", ({ labels, retries }, inc) =>
    inc(labels, retries),
  );
  histogram(registry, "signet_call_duration_seconds", "From a call's arrival to its end.", () =>
    [...all()].map(({ labels, duration }) => [labels, duration]),
  );
  histogram(
    registry,
    "signet_call_first_byte_seconds",
    "From a call's arrival to the first byte of its answer.",
    () => [...all()].map(({ labels, firstByte }) => [labels, firstByte]),
  );
}

/** A histogram as the registry needs it, with values counted here. */
function histogram(registry: Registry, name: string, help: string, rows: () => [Labels, Buckets][]): void {
  const get = async () => ({
    name,
    help,
    type: "histogram",
    aggregator: "sum",
    values: rows().flatMap(([labels, buckets]) => valuesOf(name, labels, buckets)),
  });
  registry.registerMetric({ name, get } as unknown as Metric);
}
