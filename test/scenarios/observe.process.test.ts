/** A real gateway as a platform team's tools see it: Prometheus, an OTLP collector, a webhook's receiver. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { signet as run } from "../support/command.ts";
import { converseBody } from "../support/http.ts";
import { startServe, type ServeProcess } from "../support/process.ts";
import { HAIKU, until } from "../support/world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const ACCOUNT = "111122223333";
const PROMPT = "canary-prompt-5f2c";
const HEADER_SECRET = "canary-collector-key";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

interface Got {
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

let sandbox: Sandbox;
let cwd: string;
let serve: ServeProcess;
let receiver: Server;
let secret: string;
let webhookSecret: string;
let metricsUrl: string;
const got: Got[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      got.push({ url: request.url ?? "", headers: request.headers, body });
      response.end("{}");
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const collector = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  sandbox = await startSandbox();
  cwd = mkdtempSync(path.join(tmpdir(), "signet-observe-"));
  const base = seedDefaults(sandbox);
  const aws = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
  };
  webhookSecret = (await run("webhook secret", { cwd, env: {} })).out.trim();
  writeFileSync(path.join(cwd, "webhook.secret"), `${webhookSecret}\n`);
  const env = {
    ...aws,
    SIGNET_PROMETHEUS_PORT: "0",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${HEADER_SECRET}`,
    SIGNET_WEBHOOK_URL: `${collector}/hook`,
    SIGNET_WEBHOOK_SECRET_FILE: path.join(cwd, "webhook.secret"),
    SIGNET_LOG_LEVEL: "debug",
  };
  const ok = async (line: string) => {
    const { status, out, err } = await run(line, { cwd, env: aws });
    expect([line, status, status === 0 ? "" : err]).toEqual([line, 0, ""]);
    return out;
  };
  await ok(
    `delegation create acme --account ${ACCOUNT} --region us-east-1 --model 'us.anthropic.claude-3-5-haiku-*'`,
  );
  const template = path.join(cwd, "acme.json");
  writeFileSync(template, await ok("delegation template acme --json"));
  await ok(`sandbox make-role ${template} --account ${ACCOUNT} --url ${sandbox.url}`);
  await ok("delegation verify acme");
  await ok("client add app --delegation acme");
  await ok("limit set client/app --tokens-per-day 40 --warn-at-percent 1");
  secret = (await ok("key create app --expires-in 12h")).trim();
  serve = await startServe({ data: path.join(cwd, "signet-data"), env });
  metricsUrl = await until(() => {
    const line = serve.log.find((each) => each.includes("serving metrics"));
    return line === undefined ? undefined : (JSON.parse(line) as { url: string }).url;
  });
});
afterAll(async () => {
  if (serve.child.exitCode === null) serve.child.kill("SIGTERM");
  await serve.ended;
  await sandbox.close();
  receiver.close();
  receiver.closeAllConnections();
  rmSync(cwd, { recursive: true, force: true });
});

const call = () =>
  fetch(`${serve.url}/model/${encodeURIComponent(HAIKU)}/converse`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${secret}`,
      "content-type": "application/json",
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
    },
    body: JSON.stringify({
      ...(JSON.parse(converseBody(PROMPT)) as object),
      inferenceConfig: { maxTokens: 5 },
    }),
  });

it("Prometheus sees calls, tokens, cost, sessions, limits and the audit log", async () => {
  expect((await call()).status).toBe(200);
  const refused = await until(async () => {
    const answer = await call();
    return answer.status === 200 ? undefined : answer;
  });
  expect(refused.headers.get("x-signet-error")).toBe("budget_exhausted");
  const text = await until(async () => {
    const scraped = await (await fetch(metricsUrl)).text();
    return scraped.includes('signet_limit_used_ratio{scope="client"') ? scraped : undefined;
  });
  for (const line of [
    /^signet_calls_total\{delegation="acme",client="app",protocol="bedrock",operation="Converse",outcome="ok"\} [1-9]/m,
    /^signet_tokens_total\{.*kind="output"\} [1-9]/m,
    /^signet_cost_dollars_total\{.*\} 0\.000/m,
    /^signet_call_duration_seconds_count\{.*\} [1-9]/m,
    /^signet_call_first_byte_seconds_bucket\{le="0.01"/m,
    /^signet_refusals_total\{delegation="acme",client="app",error="budget_exhausted"\} [1-9]/m,
    /^signet_sts_calls_total\{delegation="acme",result="success"\} [1-9]/m,
    /^signet_session_expiry_seconds\{delegation="acme",client="app"\} 3[0-9]{3}/m,
    /^signet_delegation_state\{delegation="acme",state="active"\} 1/m,
    /^signet_audit_available 1$/m,
    /^signet_calls_queued 0$/m,
    /^signet_build_info\{version=/m,
    /^nodejs_eventloop_lag_p99_seconds /m,
  ])
    expect(text).toMatch(line);
  expect(text).not.toContain(PROMPT);
});

it("the same listener reports readiness, and the state of each delegation", async () => {
  const answer = await fetch(new URL("/readyz", metricsUrl));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    ready: true,
    audit: true,
    storeBehindMs: 0,
    delegations: [{ name: "acme", state: "active", sessions: [{ client: "app" }] }],
  });
  expect((await fetch(new URL("/healthz", metricsUrl))).status).toBe(200);
});

it("every metric that the dashboard and the alerts name exists", async () => {
  const exposed = await (await fetch(metricsUrl)).text();
  const known = new Set([...exposed.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const root = path.resolve(import.meta.dirname, "../../deploy");
  for (const file of ["grafana/signet.json", "prometheus/alerts.yml"]) {
    const named =
      readFileSync(path.join(root, file), "utf8").match(/\b(?:signet|nodejs|process)_[a-z0-9_]+/g) ?? [];
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) {
      const family = name.replace(/_(?:bucket|sum|count)$/, "");
      expect([file, name, known.has(name) || known.has(family)]).toEqual([file, name, true]);
    }
  }
});

it("a webhook's receiver gets verifiable events: a budget, an expiring key, a suspended delegation", async () => {
  const env = { AWS_ENDPOINT_URL: sandbox.url };
  await run("delegation suspend acme --reason 'a test'", { cwd, env });
  const receivedOf = (type: string) =>
    until(() => got.find(({ url, body }) => url === "/hook" && body.includes(`"type":"${type}"`)));
  for (const type of ["budget.threshold", "key.expiring", "delegation.suspended"]) {
    const { headers, body } = await receivedOf(type);
    const checked = new Webhook(webhookSecret).verify(body, headers as Record<string, string>) as {
      type: string;
      data: { subject: string; message: string };
    };
    expect(checked.type).toBe(type);
    expect(checked.data.message.length).toBeGreaterThan(10);
    expect(() => new Webhook(webhookSecret).verify(`${body} `, headers as Record<string, string>)).toThrow();
  }
  const tried = await run("webhook test", {
    cwd,
    env: {
      SIGNET_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      SIGNET_WEBHOOK_SECRET_FILE: path.join(cwd, "webhook.secret"),
    },
  });
  expect([tried.status, tried.err]).toEqual([0, ""]);
});

it("a collector gets spans below the caller's, flushed on shutdown, without prompts", async () => {
  serve.child.kill("SIGTERM");
  await serve.ended;
  const traces = got.filter(({ url }) => url === "/v1/traces");
  const body = traces.map((each) => each.body).join("");
  expect(traces[0]?.headers["x-key"]).toBe(HEADER_SECRET);
  expect(body).toContain(TRACE);
  expect(body).toContain("00f067aa0ba902b7");
  for (const text of [`chat ${HAIKU}`, "aws.bedrock", "gen_ai.usage.input_tokens", "signet.client"])
    expect(body).toContain(text);
  expect(got.some(({ url }) => url === "/v1/metrics")).toBe(true);
  const all = [...got.map((each) => each.body), ...serve.log].join("\n");
  for (const canary of [PROMPT, secret, webhookSecret]) expect(all).not.toContain(canary);
  expect(serve.log.join("\n")).not.toContain(HEADER_SECRET);
});
