/** Refused requests, their codes, and that nothing of them reaches AWS. Requests are raw bytes where it matters. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amzDate } from "../../src/core/clock.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { ACCOUNT, HAIKU, newWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await newWorld({
    grants: [
      {
        operations: ["Converse", "ConverseStream", "InvokeModel", "ListFoundationModels", "StartAsyncInvoke"],
        models: ["us.anthropic.*", "anthropic.claude-3-haiku*", "amazon.nova-reel*"],
        regions: ["us-east-1"],
        settings: ["trace"],
      },
    ],
    settings: { limits: { bodyBytes: 4096 } },
  });
});
afterAll(() => world.close());

const path = `/model/${encodeURIComponent(HAIKU)}/converse`;
const bearer = () => `authorization: Bearer ${world.token}`;
const body = converseBody("hello");

/** Sends the request and asserts that nothing reached Bedrock. */
async function refusal(bytes: string) {
  const before = world.sandbox.calls().length;
  const answer = await raw(world.gateway.url, bytes);
  expect(world.sandbox.calls().length, "calls that reached AWS").toBe(before);
  return answer;
}

function expectCode(
  answer: { status: number; headers: Record<string, string>; body: string },
  status: number,
  code: string,
) {
  expect([answer.status, answer.headers["x-signet-error"]]).toEqual([status, code]);
  expect(JSON.parse(answer.body)).toEqual({ message: expect.any(String) });
  expect(answer.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
}

describe("authentication", () => {
  it("a missing, malformed, unknown, expired and revoked key get one identical answer (T27)", async () => {
    const expired = await world.newKey({ expiresAt: 1 });
    const revoked = await world.newKey({ revokedAt: 1 });
    const other = await world.newKey();
    const twin = other.token.slice(0, -1) + (other.token.endsWith("A") ? "B" : "A");
    const presented = [
      [],
      ["authorization: Bearer "],
      ["authorization: Bearer nonsense"],
      ["authorization: Basic dXNlcjpwYXNz"],
      [`authorization: Bearer ${twin}`],
      ["authorization: Bearer sgk_000000000000_0000000000000000000000000000000000000000000000000"],
      [`x-api-key: ${expired.token}`],
      [`api-key: ${revoked.token}`],
      [`authorization: Bearer ${world.token.slice(0, 40)}`],
      ["authorization: Bearer ' OR 1=1 --"],
    ];
    const answers = [];
    for (const headers of presented) answers.push(await refusal(request({ path, headers, body })));
    const same = answers.map(({ status, headers, body: text }) => {
      const { date: _d, "x-amzn-requestid": _r, "x-signet-request-id": _s, ...rest } = headers;
      return JSON.stringify({ status, rest, text });
    });
    expect(new Set(same).size).toBe(1);
    expect(answers[0]?.status).toBe(403);
    expect(answers[0]?.headers["x-amzn-errortype"]).toBe("AccessDeniedException");
  });

  it.each(["x-api-key", "api-key", "X-API-Key"])("accepts the key in %s as well", async (name) => {
    const answer = await raw(
      world.gateway.url,
      request({ path, headers: [`${name}: ${world.token}`], body }),
    );
    expect(answer.status).toBe(200);
  });

  it("refuses two different keys, and a repeated header (T3)", async () => {
    const other = await world.newKey();
    const conflicts = [
      [bearer(), `x-api-key: ${other.token}`],
      [bearer(), bearer()],
      [`x-api-key: ${world.token}`, `X-Api-Key: ${world.token}`],
    ];
    for (const headers of conflicts) {
      expectCode(await refusal(request({ path, headers, body })), 400, "conflicting_credentials");
    }
    const same = await raw(
      world.gateway.url,
      request({ path, headers: [bearer(), `x-api-key: ${world.token}`], body }),
    );
    expect(same.status).toBe(200);
  });

  it("tells a caller that signs with AWS credentials what to do instead", async () => {
    const date = amzDate(Date.now());
    const scope = `${date.slice(0, 8)}/us-east-1/bedrock/aws4_request`;
    const headers = [
      `x-amz-date: ${date}`,
      `authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/${scope}, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
    ];
    const answer = await refusal(request({ path, headers, body }));
    expectCode(answer, 403, "unknown_aws_credentials");
    expect(answer.headers["x-amzn-errortype"]).toBe("UnrecognizedClientException");
    expect(answer.body).toContain("AWS_BEARER_TOKEN_BEDROCK");
  });

  it("doesn't depend on forwarding headers (T5)", async () => {
    const headers = [
      "X-Forwarded-For: 10.0.0.1",
      "X_Api_Key: x",
      "Forwarded: for=10.0.0.1",
      "X-Forwarded-User: root",
    ];
    expectCode(await refusal(request({ path, headers, body })), 403, "authentication_failed");
  });
});

describe("authorization", () => {
  const model = (name: string, action = "converse") => `/model/${encodeURIComponent(name)}/${action}`;
  const arn = (region: string, account: string, partition = "aws") =>
    `arn:${partition}:bedrock:${region}:${account}:inference-profile/${HAIKU}`;

  it.each([
    ["model", model("us.amazon.nova-pro-v1:0"), "model_denied", "us.amazon.nova-pro-v1:0"],
    [
      "operation",
      model("us.anthropic.claude-3-5-haiku-20241022-v1:0", "count-tokens"),
      "operation_denied",
      "CountTokens",
    ],
    ["region", model(arn("eu-west-1", ACCOUNT)), "region_denied", "eu-west-1"],
    ["account", model(arn("us-east-1", "999999999999")), "account_denied", ""],
    ["partition", model(arn("us-gov-west-1", ACCOUNT, "aws-us-gov")), "account_denied", ""],
    ["guardrail", "/guardrail/gr1234567890/version/1/apply", "operation_denied", "ApplyGuardrail"],
    ["guardrail check", "/guardrail-checks/invoke", "operation_denied", "InvokeGuardrailChecks"],
  ])("a denied %s is a 403 that names it (T12)", async (_, target, code, named) => {
    const answer = await refusal(request({ path: target, headers: [bearer()], body }));
    expectCode(answer, 403, code);
    expect(answer.body).toContain(named);
  });

  it("the model of StartAsyncInvoke is authorized though it is in the body, and may be given only once", async () => {
    const start = (text: string) =>
      refusal(request({ path: "/async-invoke", headers: [bearer()], body: text }));
    expectCode(await start('{"modelId":"us.amazon.nova-pro-v1:0"}'), 403, "model_denied");
    // Parsers differ on which of two equal names wins: the one that was authorized is sent.
    expectCode(
      await start('{"modelId":"amazon.nova-reel-v1:0","modelId":"us.amazon.nova-pro-v1:0"}'),
      403,
      "model_denied",
    );
    expectCode(await start("{"), 400, "invalid_body");
    expectCode(await start('{"modelId":7}'), 400, "invalid_body");
  });

  it("a key that is narrower than its client is limited to its own grants", async () => {
    const grants = [
      {
        operations: ["Converse" as const],
        models: ["us.anthropic.claude-3-haiku*"],
        regions: ["us-east-1"],
        settings: [],
      },
    ];
    const { token } = await world.newKey({ grants });
    const answer = await refusal(request({ path, headers: [`x-api-key: ${token}`], body }));
    expectCode(answer, 403, "model_denied");
  });

  it("a Bedrock header is passed on only if it is granted (T15)", async () => {
    const denied = await refusal(
      request({ path, headers: [bearer(), "X-Amzn-Bedrock-Service-Tier: priority"], body }),
    );
    expectCode(denied, 403, "setting_denied");
    expect(denied.body).toContain("x-amzn-bedrock-service-tier");
    const allowed = await raw(
      world.gateway.url,
      request({ path, headers: [bearer(), "X-Amzn-Bedrock-Trace: ENABLED"], body }),
    );
    expect(allowed.status).toBe(200);
    expect(world.sandbox.calls().at(-1)?.headers["x-amzn-bedrock-trace"]).toBe("ENABLED");
  });

  it("a call of a delegation that is not active is a 403 that says so", async () => {
    await world.store.delegations.add({
      ...(await world.store.delegations.get("team-a"))!,
      name: "team-b",
      externalId: "sgx-other",
      state: "suspended",
    });
    await world.store.clients.join("app", { delegation: "team-b", grants: null });
    const { token } = await world.newKey({ delegation: "team-b" });
    const answer = await refusal(request({ path, headers: [`x-api-key: ${token}`], body }));
    expectCode(answer, 403, "delegation_inactive");
  });
});

describe("the form of a request", () => {
  it.each([
    ["GET", "/nothing/here", 404, "unknown_route"],
    ["POST", "/model/us.anthropic.x/unknown-action", 404, "unknown_route"],
    ["GET", path, 405, "method_not_allowed"],
    ["DELETE", "/foundation-models", 405, "method_not_allowed"],
    ["POST", "/model/../converse", 400, "malformed_path"],
    ["POST", "/model//converse", 400, "malformed_path"],
    ["POST", "/model/a.b%252Fc/converse", 400, "malformed_path"],
    ["POST", `${path}?x=1`, 400, "invalid_query"],
    ["GET", "/foundation-models?byProvider=a&byProvider=b", 400, "invalid_query"],
    ["POST", "http://169.254.169.254/latest/meta-data", 400, "malformed_path"],
  ])("%s %s is %i %s", async (method, target, status, code) => {
    expectCode(
      await refusal(
        request({ method, path: target, headers: [bearer()], ...(method === "GET" ? {} : { body }) }),
      ),
      status,
      code,
    );
  });

  it("a body over the limit is 413, whether its length is declared or not", async () => {
    const large = "x".repeat(5000);
    expectCode(await refusal(request({ path, headers: [bearer()], body: large })), 413, "body_too_large");
    const chunked = `${(5000).toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    const bytes = request({
      path,
      headers: [bearer(), "transfer-encoding: chunked"],
      unframed: true,
      body: chunked,
    });
    expectCode(await refusal(bytes), 413, "body_too_large");
  });

  it("a compressed body is 415 (T33)", async () => {
    expectCode(
      await refusal(request({ path, headers: [bearer(), "content-encoding: gzip"], body })),
      415,
      "unsupported_encoding",
    );
  });

  it("2,100 headers are 431, none is dropped silently (T4)", async () => {
    const many = Array.from({ length: 2100 }, (_, i) => `a${i}:`);
    expectCode(
      await refusal(request({ path, headers: [...many, bearer()], body })),
      431,
      "headers_too_large",
    );
    const huge = [`x-filler: ${"y".repeat(20_000)}`];
    expectCode(await refusal(request({ path, headers: huge, body })), 431, "headers_too_large");
  });

  it.each([
    ["both length and chunked", ["content-length: 5", "transfer-encoding: chunked"], true],
    ["a coding other than chunked", ["transfer-encoding: gzip, chunked"], true],
    ["an obfuscated coding", ["transfer-encoding: xchunked"], true],
    ["two lengths", ["content-length: 5", "content-length: 6"], true],
    ["a length that is no number", ["content-length: +5"], true],
    ["a folded header", ["x-a: b\r\n c: d"], false],
    ["a bare line feed", ["x-a: b\nx-smuggled: 1"], false],
    ["a NUL", ["x-a: b\u0000c"], false],
    ["blanks before the colon", ["transfer-encoding : chunked"], true],
    ["an upgrade", ["connection: upgrade", "upgrade: websocket"], false],
    [
      "h2c by upgrade",
      ["connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__"],
      false,
    ],
  ])("a request framed with %s is 400 and ends the connection (T13)", async (_, headers, unframed) => {
    const first = request({ path, headers: [bearer(), ...headers], body, ...(unframed ? { unframed } : {}) });
    const smuggled = request({ path, headers: [bearer()], body });
    const before = world.sandbox.calls().length;
    const answer = await raw(world.gateway.url, first + smuggled);
    expect(answer.status).toBe(400);
    expect(world.sandbox.calls().length).toBe(before);
  });

  it("a GET with a body is 400 (T13)", async () => {
    const bytes = `GET /foundation-models HTTP/1.1\r\nhost: x\r\n${bearer()}\r\ncontent-length: 4\r\n\r\nGET `;
    expectCode(await refusal(bytes), 400, "malformed_request");
  });

  it("credentials, hop-by-hop headers and those named by Connection are dropped, and the signature is valid (T14)", async () => {
    const headers = [
      bearer(),
      "connection: close, x-amz-date, host",
      "x-amz-date: 20200101T000000Z",
      "x-amz-security-token: stolen",
      "x-amz-content-sha256: UNSIGNED-PAYLOAD",
      `x-goog-api-key: ${world.token}`,
      "te: trailers",
      "cookie: a=b",
      "x-amz-meta: 1",
    ];
    const answer = await raw(world.gateway.url, request({ path, headers, body }));
    expect(answer.status).toBe(200);
    const sent = world.sandbox.calls().at(-1)?.headers ?? {};
    const own = new Set(["host", "x-amz-date", "x-amz-content-sha256", "connection", "content-length"]);
    expect(Object.keys(sent).filter((name) => !own.has(name))).toEqual([]);
    expect(sent["x-amz-date"]).not.toBe("20200101T000000Z");
  });

  it("no path, header or body of a caller moves the call to another host (T28)", async () => {
    const headers = [
      bearer(),
      "x-forwarded-host: 169.254.169.254",
      "x-endpoint-url: http://169.254.169.254",
      "aws-endpoint-url: http://10.0.0.1",
    ];
    for (const member of ["api_base", "aws_region_name", "roleArn"]) {
      const text = JSON.stringify({ ...JSON.parse(body), [member]: "http://10.0.0.1" });
      const denied = await refusal(request({ path, headers, body: text }));
      expectCode(denied, 403, "setting_denied");
      expect(denied.body).toContain(member);
    }
    const answer = await raw(world.gateway.url, request({ path, headers, body }));
    expect(answer.status).toBe(200);
    expect(world.sandbox.calls().at(-1)).toMatchObject({
      operation: "Converse",
      region: "us-east-1",
      roleSessionName: "signet-app",
    });
    for (const target of [
      "//169.254.169.254/x",
      "http://10.0.0.1/model/a.b/converse",
      "@10.0.0.1/converse",
      "/model/arn:aws:bedrock:us-east-1@10.0.0.1:1:inference-profile%2Fx/converse",
    ]) {
      expect((await refusal(request({ path: target, headers: [bearer()], body }))).status).toBe(400);
    }
  });

  it("refused calls of a known key are in the audit log, those of strangers are not", async () => {
    const refused = (await world.calls()).filter(({ outcome }) => outcome === "refused");
    expect(refused.map(({ error }) => error)).toContain("model_denied");
    expect(refused.map(({ error }) => error)).not.toContain("authentication_failed");
    expect(refused.every(({ client }) => client === "app")).toBe(true);
  });
});
