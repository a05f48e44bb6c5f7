/**
 * OpenTelemetry over OTLP/HTTP: a span and two histograms for each call, by the semantic conventions for generative AI.
 * A call's `traceparent` becomes the span's parent; it is never sent on to Bedrock. Prompts and completions are never
 * told. What can't be exported is dropped: no call waits for it.
 * Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/
 */
import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
} from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import {
  ATTR_ERROR_TYPE,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from "@opentelemetry/semantic-conventions";
import type { ObservedCall, Observer } from "../audit/observer.ts";
import type { Outcome } from "../audit/types.ts";
import type { Secret } from "../core/secret.ts";

export interface TelemetrySettings {
  /** `https://collector.example.com:4318`: `/v1/traces` and `/v1/metrics` are added. */
  endpoint: string;
  serviceName: string;
  version: string;
  /** Sent with each export, e.g. a collector's key. */
  headers: Record<string, Secret>;
  metricsIntervalMs?: number;
}

export interface Telemetry {
  observer: Observer;
  /** Exports what is left, for at most two seconds. */
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;
const NAMES: Record<string, string> = {
  Converse: "chat",
  ConverseStream: "chat",
  InvokeModel: "chat",
  InvokeModelWithResponseStream: "chat",
};

export function openTelemetry(settings: TelemetrySettings): Telemetry {
  const { endpoint, serviceName, version } = settings;
  const headers = Object.fromEntries(
    Object.entries(settings.headers).map(([name, secret]) => [name, secret.reveal()]),
  );
  const resource = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: serviceName,
    [ATTR_SERVICE_VERSION]: version,
  });
  const base = endpoint.replace(/\/+$/, "");
  const spans = new BasicTracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${base}/v1/traces`, headers }), {
        maxQueueSize: 4096,
      }),
    ],
  });
  const meters = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics`, headers }),
        exportIntervalMillis: settings.metricsIntervalMs ?? 60_000,
      }),
    ],
  });
  const tracer = spans.getTracer("signet", version);
  const meter = meters.getMeter("signet", version);
  const duration = meter.createHistogram("gen_ai.client.operation.duration", { unit: "s" });
  const tokens = meter.createHistogram("gen_ai.client.token.usage", { unit: "{token}" });
  return {
    observer: {
      ended(call, outcome) {
        const attributes = attributesOf(call, outcome);
        const endTime = Date.now();
        const startTime = endTime - (outcome.totalMs ?? 0);
        const name = `${operationOf(call)} ${call.model ?? ""}`.trim();
        const detailed = { ...attributes, ...detailsOf(call, outcome) };
        const options = { kind: SpanKind.CLIENT, startTime, attributes: detailed };
        const span = tracer.startSpan(name, options, parentOf(call.traceparent));
        if (outcome.outcome !== "ok")
          span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.outcome });
        span.end(endTime);
        duration.record((outcome.totalMs ?? 0) / 1000, attributes);
        const { usage } = outcome;
        if (usage.source === "none") return;
        tokens.record(usage.inputTokens, { ...attributes, "gen_ai.token.type": "input" });
        tokens.record(usage.outputTokens, { ...attributes, "gen_ai.token.type": "output" });
      },
      refused: () => undefined,
      session: () => undefined,
    },
    async close() {
      const ended = Promise.allSettled([spans.shutdown(), meters.shutdown()]);
      await Promise.race([ended, new Promise((resolve) => void setTimeout(resolve, CLOSE_MS).unref())]);
    },
  };
}

function operationOf({ operation }: ObservedCall): string {
  return NAMES[operation] ?? operation;
}

function attributesOf(call: ObservedCall, outcome: Outcome): Attributes {
  return {
    "gen_ai.operation.name": operationOf(call),
    "gen_ai.provider.name": "aws.bedrock",
    ...(call.model === null ? {} : { "gen_ai.request.model": call.model }),
    "server.address": `bedrock-runtime.${call.region}.amazonaws.com`,
    "signet.client": call.client,
    "signet.delegation": call.delegation,
    ...(outcome.outcome === "ok" ? {} : { [ATTR_ERROR_TYPE]: outcome.upstreamErrorType ?? outcome.outcome }),
  };
}

/** What only a span says. */
function detailsOf(
  call: ObservedCall,
  { usage, cost, status, upstreamRequestId, attempts }: Outcome,
): Attributes {
  return {
    "signet.call": call.call,
    "signet.key": call.key,
    "signet.protocol": call.protocol,
    "signet.attempts": attempts,
    ...(status === null ? {} : { "http.response.status_code": status }),
    ...(upstreamRequestId === null ? {} : { "aws.request_id": upstreamRequestId }),
    ...(cost === null ? {} : { "signet.cost.usd": cost.usd }),
    ...(usage.source === "none"
      ? {}
      : {
          "gen_ai.usage.input_tokens": usage.inputTokens,
          "gen_ai.usage.output_tokens": usage.outputTokens,
          "gen_ai.usage.cache_read.input_tokens": usage.cacheReadInputTokens,
          "gen_ai.usage.cache_creation.input_tokens": usage.cacheWriteInputTokens,
        }),
  };
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** The caller's span; none where the header is missing, malformed or all zeros. Source: W3C Trace Context. */
function parentOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  const isValid = traceId !== undefined && !/^0+$/.test(traceId) && !/^0+$/.test(spanId ?? "");
  if (!isValid || traceparent?.startsWith("ff")) return context.active();
  const sampled = (Number.parseInt(flags ?? "0", 16) & 1) === 1;
  return trace.setSpanContext(context.active(), {
    traceId,
    spanId: spanId ?? "",
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  });
}
