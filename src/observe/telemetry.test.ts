/** What a collector receives over OTLP/HTTP, decoded. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import type { ObservedCall } from "../audit/observer.ts";
import type { Outcome, Refusal } from "../audit/call-record.ts";
import { systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import { openTelemetry, type Telemetry } from "./telemetry.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const CLAUDE = "us.anthropic.claude-3-5-haiku-20241022-v1:0";

const CALL: ObservedCall = {
  call: "call-1",
  client: "app",
  key: "3fQ0zJk81LmX",
  delegation: "acme",
  protocol: "openai",
  operation: "ConverseStream",
  model: CLAUDE,
  region: "us-gov-west-1",
  origin: "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
  traceparent: `00-${TRACE}-${SPAN}-01`,
  tracestate: "vendor=1",
};
const OUTCOME: Outcome = {
  call: "call-1",
  outcome: "ok",
  status: 200,
  upstreamStatus: 200,
  upstreamRequestId: "aws-request-1",
  upstreamErrorType: null,
  error: null,
  usage: {
    inputTokens: 10,
    outputTokens: 20,
    cacheReadInputTokens: 300,
    cacheWriteInputTokens: 4000,
    cacheWrite1hInputTokens: null,
    source: "reported",
  },
  cost: { usd: 0.25, prices: "test" },
  firstByteMs: 150,
  totalMs: 1500,
  responseBytes: 100,
  attempts: 1,
};
const REFUSAL: Refusal = {
  call: "call-2",
  client: "app",
  key: "3fQ0zJk81LmX",
  delegation: "acme",
  protocol: "bedrock",
  operation: "Converse",
  model: "what-the-caller-wrote",
  region: "us-east-1",
  status: 429,
  error: "rate_limited",
  remote: "127.0.0.1",
};

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number; doubleValue?: number };
}

interface Span {
  name: string;
  kind: number;
  traceId: string;
  parentSpanId?: string;
  traceState?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  status: { code: number; message?: string };
}

interface Point {
  attributes: Attribute[];
  count: number;
  sum: number;
  explicitBounds: number[];
}

interface Collector {
  url: string;
  headers: IncomingHttpHeaders[];
  texts: string[];
  spans(): Span[];
  points(metric: string): Point[];
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startCollector(): Promise<Collector> {
  const got = new Map<string, unknown[]>();
  const headers: IncomingHttpHeaders[] = [];
  const texts: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      got.set(path, [...(got.get(path) ?? []), JSON.parse(body)]);
      headers.push(request.headers);
      texts.push(body);
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  const url = await listening(server);
  return {
    url,
    headers,
    texts,
    spans: () =>
      (got.get("/v1/traces") as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }[]).flatMap(
        ({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((s) => s.spans)),
      ),
    points: (metric) =>
      (
        got.get("/v1/metrics") as {
          resourceMetrics: {
            scopeMetrics: { metrics: { name: string; histogram: { dataPoints: Point[] } }[] }[];
          }[];
        }[]
      )
        .flatMap(({ resourceMetrics }) => resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics))
        .flatMap(({ metrics }) => metrics)
        .filter(({ name }) => name === metric)
        .flatMap(({ histogram }) => histogram.dataPoints),
  };
}

let warnings: string[];
beforeEach(() => {
  warnings = [];
});

function open(endpoint: string, access?: Parameters<typeof openTelemetry>[0]["access"]): Telemetry {
  return openTelemetry({
    endpoint,
    serviceName: "signet-test",
    version: "1.2.3",
    headers: { "x-key": new Secret("collector-key") },
    access,
    clock: systemClock,
    log: { warn: (_fields, message) => void warnings.push(message) },
  });
}

const valuesOf = (attributes: Attribute[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.doubleValue]),
  );

it("a call is a child span of the caller's, in the conventions for generative AI", async () => {
  const collector = await startCollector();
  const telemetry = open(collector.url);
  telemetry.observer.ended(CALL, OUTCOME);
  await telemetry.close();
  const [span] = collector.spans();
  expect(span).toMatchObject({
    name: `chat ${CLAUDE}`,
    kind: 3,
    traceId: TRACE,
    parentSpanId: SPAN,
    traceState: "vendor=1",
    status: { code: 0 },
  });
  expect(Number(BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0)) / 1e6).toBe(1500);
  expect(valuesOf(span?.attributes ?? [])).toEqual({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "aws.bedrock",
    "gen_ai.request.model": CLAUDE,
    // All of the input, cached or not.
    "gen_ai.usage.input_tokens": 4310,
    "gen_ai.usage.output_tokens": 20,
    "gen_ai.usage.cache_read.input_tokens": 300,
    "gen_ai.usage.cache_creation.input_tokens": 4000,
    "server.address": "bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
    "cloud.region": "us-gov-west-1",
    "http.response.status_code": 200,
    "aws.request_id": "aws-request-1",
    "signet.call": "call-1",
    "signet.key": "3fQ0zJk81LmX",
    "signet.client": "app",
    "signet.delegation": "acme",
    "signet.protocol": "openai",
    "signet.attempts": 1,
    "signet.cost.usd": 0.25,
  });
  expect(collector.headers[0]?.["x-key"]).toBe("collector-key");
  expect(warnings).toEqual([]);
});

it.each([
  { operation: "InvokeModel", model: "amazon.titan-embed-text-v2:0", name: "embeddings" },
  { operation: "InvokeModel", model: CLAUDE, name: "chat" },
  { operation: "CountTokens", model: CLAUDE, name: "CountTokens" },
])("$operation of $model is called $name", async ({ operation, model, name }) => {
  const collector = await startCollector();
  const telemetry = open(collector.url);
  telemetry.observer.ended({ ...CALL, operation, model }, OUTCOME);
  await telemetry.close();
  expect(collector.spans().map((span) => span.name)).toEqual([`${name} ${model}`]);
});

it("a failed call has its error in span and histogram", async () => {
  const collector = await startCollector();
  const telemetry = open(collector.url);
  const usage = { ...OUTCOME.usage, source: "none" as const };
  telemetry.observer.ended(CALL, {
    ...OUTCOME,
    usage,
    outcome: "throttled",
    upstreamErrorType: "ThrottlingException",
  });
  await telemetry.close();
  const [span] = collector.spans();
  expect(span?.status).toMatchObject({ code: 2, message: "throttled" });
  expect(valuesOf(span?.attributes ?? [])["error.type"]).toBe("ThrottlingException");
  const [duration] = collector.points("gen_ai.client.operation.duration");
  expect(valuesOf(duration?.attributes ?? [])["error.type"]).toBe("ThrottlingException");
  expect(collector.points("gen_ai.client.token.usage")).toEqual([]);
});

it("histograms count durations, time to first chunk, and tokens, in the recommended bounds", async () => {
  const collector = await startCollector();
  const telemetry = open(collector.url);
  telemetry.observer.ended(CALL, OUTCOME);
  telemetry.observer.ended({ ...CALL, operation: "Converse" }, OUTCOME);
  await telemetry.close();
  const [duration] = collector.points("gen_ai.client.operation.duration");
  expect(duration).toMatchObject({ count: 2, sum: 3 });
  expect(duration?.explicitBounds).toContain(81.92);
  expect(collector.points("gen_ai.client.operation.time_to_first_chunk")).toMatchObject([
    { count: 1, sum: 0.15 },
  ]);
  const tokens = collector.points("gen_ai.client.token.usage");
  expect(tokens.map(({ sum }) => sum)).toEqual([8620, 40]);
  expect(tokens[0]?.explicitBounds.at(-1)).toBe(67_108_864);
  // Labels that differ for each call would create a series per call.
  const labels = Object.keys(valuesOf(duration?.attributes ?? []));
  for (const own of ["signet.call", "signet.key", "aws.request_id"]) expect(labels).not.toContain(own);
});

it("a refusal is a span without any text from the caller", async () => {
  const collector = await startCollector();
  const telemetry = open(collector.url);
  telemetry.observer.refused(REFUSAL, CALL);
  await telemetry.close();
  const [span] = collector.spans();
  expect(span).toMatchObject({ name: "refused Converse", kind: 2, traceId: TRACE, parentSpanId: SPAN });
  expect(valuesOf(span?.attributes ?? [])["error.type"]).toBe("rate_limited");
  expect(collector.texts.join("")).not.toContain("what-the-caller-wrote");
});

it("the access log names the trace, even if the caller started none", async () => {
  const collector = await startCollector();
  const traces: (string | undefined)[] = [];
  const telemetry = open(collector.url, {
    ended: (_call, _outcome, traceId) => void traces.push(traceId),
    refused: (_refusal, traceId) => void traces.push(traceId),
  });
  telemetry.observer.ended(CALL, OUTCOME);
  telemetry.observer.ended({ ...CALL, traceparent: undefined }, OUTCOME);
  telemetry.observer.refused(REFUSAL, { traceparent: undefined, tracestate: undefined });
  await telemetry.close();
  expect(traces[0]).toBe(TRACE);
  expect(new Set(traces).size).toBe(3);
  expect(collector.spans().map(({ traceId }) => traceId)).toEqual(traces);
});

it("an unsampled caller gets no span, but its calls are measured", async () => {
  const collector = await startCollector();
  const telemetry = open(collector.url);
  telemetry.observer.ended({ ...CALL, traceparent: `00-${TRACE}-${SPAN}-00` }, OUTCOME);
  await telemetry.close();
  expect(collector.points("gen_ai.client.operation.duration")).toMatchObject([{ count: 1 }]);
  expect(collector.texts.join("")).not.toContain(SPAN);
});

it("a collector that refuses is logged once, and delays nothing", async () => {
  const refusing = createServer((_request, response) => void response.writeHead(401).end());
  const telemetry = open(await listening(refusing));
  for (let i = 0; i < 5_000; i++) telemetry.observer.ended(CALL, OUTCOME);
  await telemetry.close();
  expect(warnings).toEqual(["the collector does not accept traces or metrics"]);
});

it("closing doesn't wait for a collector that never answers", async () => {
  const asked: string[] = [];
  const silent = createServer(({ url }) => void asked.push(url ?? ""));
  const telemetry = open(await listening(silent));
  telemetry.observer.ended(CALL, OUTCOME);
  await telemetry.close();
  expect(asked.toSorted()).toEqual(["/v1/metrics", "/v1/traces"]);
});
