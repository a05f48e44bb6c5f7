/**
 * OpenTelemetry over OTLP/HTTP: a span for each call and each refusal, and histograms of durations and tokens. The
 * caller's span becomes the parent of its calls' spans; it is not sent on to Bedrock, because callers control nothing
 * that Signet signs. Data that can't be exported is dropped with a warning: no call waits for it.
 */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
} from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes, type Resource } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import {
  ATTR_ERROR_TYPE,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from "@opentelemetry/semantic-conventions";
import type { ObservedCall, Observer, TraceHeaders } from "../audit/observer.ts";
import type { Outcome, Refusal } from "../audit/call-record.ts";
import { pause, type Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Secret } from "../core/secret.ts";
import type { AccessLog } from "./access-log.ts";
import {
  allInput,
  DURATION_BOUNDS,
  operationName,
  sharedAttributes,
  spanAttributes,
  TOKEN_BOUNDS,
} from "./gen-ai.ts";
import { callersSpan } from "./trace-context.ts";

export interface TelemetrySettings {
  /** `https://collector.example.com:4318`: `/v1/traces` and `/v1/metrics` are added. */
  endpoint: string;
  serviceName: string;
  version: string;
  /** Sent with each export, e.g. a collector's key. */
  headers: Record<string, Secret>;
  /** Notified of each call and refusal, with its trace. */
  access?: AccessLog | undefined;
  clock: Clock;
  log: Pick<Log, "warn">;
}

export interface Telemetry {
  observer: Observer;
  /** Exports remaining data, for at most two seconds. */
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;
const EXPORT_MS = 10_000;
const METRICS_EVERY_MS = 60_000;
/** Spans waiting for export; further ones are dropped. */
const MOST_WAITING = 4_096;
/** Failed exports are logged at most once in this time. */
const LOG_EVERY_MS = 60_000;

export function openTelemetry(settings: TelemetrySettings): Telemetry {
  const { serviceName, version, access, clock } = settings;
  const resource = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: serviceName,
    [ATTR_SERVICE_VERSION]: version,
  });
  const { spans, meters } = providers(settings, resource);
  const tracer = spans.getTracer("signet", version);
  const measure = histograms(meters, version);
  return {
    observer: {
      ended(call, outcome) {
        const shared = sharedAttributes(call, outcome);
        const endTime = clock.now();
        const options = {
          kind: SpanKind.CLIENT,
          startTime: endTime - (outcome.totalMs ?? 0),
          attributes: { ...shared, ...spanAttributes(call, outcome) },
        };
        const span = tracer.startSpan(spanName(call), options, below(call));
        if (outcome.outcome !== "ok")
          span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.outcome });
        span.end(endTime);
        measure(call, outcome, shared);
        access?.ended(call, outcome, span.spanContext().traceId);
      },
      refused(refusal, headers) {
        const span = tracer.startSpan(
          `refused ${refusal.operation ?? refusal.protocol}`,
          { kind: SpanKind.SERVER, attributes: refusedAttributes(refusal) },
          below(headers),
        );
        span.setStatus({ code: SpanStatusCode.ERROR, message: refusal.error });
        span.end();
        access?.refused(refusal, span.spanContext().traceId);
      },
      unauthenticated: () => undefined,
      session: () => undefined,
    },
    async close() {
      const ended = Promise.allSettled([spans.shutdown(), meters.shutdown()]);
      await Promise.race([ended, pause(clock, CLOSE_MS, { unref: true })]);
    },
  };
}

function providers({ endpoint, headers, clock, log }: TelemetrySettings, resource: Resource) {
  const base = endpoint.replace(/\/+$/, "");
  const revealed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
  const exporter = { headers: revealed, timeoutMillis: EXPORT_MS };
  const logFailure = failureLogger(clock, log);
  const traces = loggingFailures(
    new OTLPTraceExporter({ url: `${base}/v1/traces`, ...exporter }),
    logFailure,
  );
  const metrics = loggingFailures(
    new OTLPMetricExporter({ url: `${base}/v1/metrics`, ...exporter }),
    logFailure,
  );
  const spans = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(traces, { maxQueueSize: MOST_WAITING })],
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: metrics,
    exportIntervalMillis: METRICS_EVERY_MS,
    exportTimeoutMillis: EXPORT_MS,
  });
  return { spans, meters: new MeterProvider({ resource, readers: [reader] }) };
}

interface ExportResult {
  code: number;
  error?: Error;
}

/** The exporter, with its failures logged. */
function loggingFailures<T, E extends { export(items: T, done: (result: ExportResult) => void): void }>(
  exporter: E & { export(items: T, done: (result: ExportResult) => void): void },
  logFailure: (error: Error | undefined) => void,
): E {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    send(items, (result) => {
      if (result.code !== 0) logFailure(result.error);
      done(result);
    });
  return exporter;
}

function failureLogger(clock: Clock, log: TelemetrySettings["log"]): (error: Error | undefined) => void {
  let loggedAt = -Infinity;
  return (error) => {
    const now = clock.monotonic();
    if (now - loggedAt < LOG_EVERY_MS) return;
    loggedAt = now;
    log.warn({ reason: error?.message }, "the collector does not accept traces or metrics");
  };
}

type Measure = (call: ObservedCall, outcome: Outcome, shared: Attributes) => void;

function histograms(meters: MeterProvider, version: string): Measure {
  const meter = meters.getMeter("signet", version);
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: DURATION_BOUNDS } };
  const duration = meter.createHistogram("gen_ai.client.operation.duration", seconds);
  const firstChunk = meter.createHistogram("gen_ai.client.operation.time_to_first_chunk", seconds);
  const tokens = meter.createHistogram("gen_ai.client.token.usage", {
    unit: "{token}",
    advice: { explicitBucketBoundaries: TOKEN_BOUNDS },
  });
  return ({ operation }, { totalMs, firstByteMs, usage }, shared) => {
    if (totalMs !== null) duration.record(totalMs / 1000, shared);
    if (firstByteMs !== null && operation.endsWith("Stream")) firstChunk.record(firstByteMs / 1000, shared);
    if (usage.source === "none") return;
    tokens.record(allInput(usage), { ...shared, "gen_ai.token.type": "input" });
    tokens.record(usage.outputTokens, { ...shared, "gen_ai.token.type": "output" });
  };
}

function spanName(call: ObservedCall): string {
  return `${operationName(call)} ${call.model ?? ""}`.trim();
}

/** Without the model: a refused call may have named anything. */
function refusedAttributes({ call, client, key, delegation, protocol, status, error }: Refusal): Attributes {
  return {
    "signet.call": call,
    "signet.client": client,
    "signet.key": key,
    "signet.delegation": delegation,
    "signet.protocol": protocol,
    "http.response.status_code": status,
    [ATTR_ERROR_TYPE]: error,
  };
}

function below(headers: TraceHeaders): Context {
  const parent = callersSpan(headers);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}
