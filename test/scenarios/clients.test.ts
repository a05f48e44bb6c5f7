/** Real clients with their defaults, through the gateway to the sandbox. */
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import AnthropicBedrock from "@anthropic-ai/bedrock-sdk";
import {
  BedrockClient,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  GetAsyncInvokeCommand,
  InvokeGuardrailChecksCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ListAsyncInvokesCommand,
  StartAsyncInvokeCommand,
  type BedrockRuntimeClientConfig,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_ROLE } from "../../src/core/delegation.ts";
import { ACCOUNT, HAIKU, newWorld, type World } from "../support/world.ts";

let world: World;
let secureWorld: World;

beforeAll(async () => {
  const pem = await generate([{ name: "commonName", value: "signet test" }], {
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const delegation = { role: { ...DEFAULT_ROLE, asyncOutput: "bucket/prefix" } };
  // The clients verify the certificate as they would any other.
  setDefaultCACertificates([...getCACertificates("default"), pem.cert]);
  [world, secureWorld] = await Promise.all([
    newWorld({ delegation }),
    newWorld({ delegation, listen: { tls: { cert: pem.cert, key: pem.private, plaintext: false } } }),
  ]);
});
afterAll(() => Promise.all([world.close(), secureWorld.close()]));

const HAIKU_ARN = `arn:aws:bedrock:us-east-1:${ACCOUNT}:inference-profile/${HAIKU}`;
const messages = [{ role: "user" as const, content: [{ text: "good morning" }] }];
const claude = JSON.stringify({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 100,
  messages: [{ role: "user", content: "good morning" }],
});

function runtime(to: World, change: Partial<BedrockRuntimeClientConfig> = {}): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: to.gateway.url,
    token: { token: to.token },
    authSchemePreference: ["httpBearerAuth"],
    ...change,
  });
}

describe.each([
  ["with its defaults (h2c)", () => runtime(world)],
  ["over HTTP/1.1", () => runtime(world, { requestHandler: new NodeHttpHandler() })],
  ["over TLS with HTTP/2", () => runtime(secureWorld, { requestHandler: new NodeHttp2Handler() })],
  ["over TLS with HTTP/1.1", () => runtime(secureWorld, { requestHandler: new NodeHttpHandler() })],
])("the AWS SDK for JavaScript %s", (_, connect) => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = connect();
  });
  afterAll(() => client.destroy());

  it.each([HAIKU, HAIKU_ARN])("converses with %s", async (modelId) => {
    const answer = await client.send(new ConverseCommand({ modelId, messages }));
    expect(answer.output?.message?.content).toEqual([{ text: "You said: good morning" }]);
    expect(answer.usage?.inputTokens).toBeGreaterThan(0);
  });

  it("streams a conversation to its end", async () => {
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: HAIKU, messages }));
    const events = await Array.fromAsync(stream!);
    expect(events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("")).toBe(
      "You said: good morning",
    );
    expect(events.at(-1)?.metadata?.usage?.outputTokens).toBeGreaterThan(0);
  });

  it.each([HAIKU, HAIKU_ARN])("invokes %s in the vendor's own form", async (modelId) => {
    const answer = await client.send(new InvokeModelCommand({ modelId, body: claude }));
    expect(JSON.parse(answer.body.transformToString()).content).toEqual([
      { type: "text", text: "You said: good morning" },
    ]);
  });

  it("streams an invocation to its end", async () => {
    const { body } = await client.send(
      new InvokeModelWithResponseStreamCommand({ modelId: HAIKU, body: claude }),
    );
    const chunks = (await Array.fromAsync(body!)).map((event) =>
      JSON.parse(Buffer.from(event.chunk!.bytes!).toString()),
    );
    expect(chunks.at(0)?.type).toBe("message_start");
    expect(chunks.at(-1)?.type).toBe("message_stop");
  });

  it("gets Bedrock's error as the SDK's own class", async () => {
    const refused = client.send(new ConverseCommand({ modelId: "anthropic.no-such-model-v1:0", messages }));
    await expect(refused).rejects.toMatchObject({
      name: "ValidationException",
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe("the other operations", () => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = runtime(world);
  });
  afterAll(() => client.destroy());

  it("counts tokens", async () => {
    const input = { converse: { messages } };
    const answer = await client.send(
      new CountTokensCommand({ modelId: "anthropic.claude-3-5-haiku-20241022-v1:0", input }),
    );
    expect(answer.inputTokens).toBeGreaterThan(0);
  });

  it("applies a guardrail", async () => {
    const answer = await client.send(
      new ApplyGuardrailCommand({
        guardrailIdentifier: "gr1234567890",
        guardrailVersion: "1",
        source: "INPUT",
        content: [{ text: { text: "hello" } }],
      }),
    );
    expect(answer.action).toBe("NONE");
  });

  it("checks messages without a guardrail", async () => {
    const { results, usage } = await client.send(
      new InvokeGuardrailChecksCommand({
        messages: [{ role: "user", content: [{ text: "mail [[block]] to jane@example.com" }] }],
        checks: {
          promptAttack: { categories: [{ category: "JAILBREAK" }] },
          sensitiveInformation: { entities: [{ type: "EMAIL" }] },
        },
      }),
    );
    expect(results?.promptAttack?.results).toEqual([{ category: "JAILBREAK", severityScore: 1 }]);
    expect(results?.sensitiveInformation?.results).toMatchObject([{ type: "EMAIL", beginOffset: 18 }]);
    expect(results?.contentFilter).toBeUndefined();
    expect(usage?.promptAttack?.textUnits).toBe(1);
  });

  it("starts, finds and lists an asynchronous invocation", async () => {
    const { invocationArn } = await client.send(
      new StartAsyncInvokeCommand({
        modelId: "amazon.nova-reel-v1:0",
        modelInput: { taskType: "TEXT_VIDEO", textToVideoParams: { text: "a river" } },
        outputDataConfig: { s3OutputDataConfig: { s3Uri: "s3://bucket/prefix/app/" } },
      }),
    );
    const found = await client.send(new GetAsyncInvokeCommand({ invocationArn }));
    expect(found.invocationArn).toBe(invocationArn);
    const { asyncInvokeSummaries } = await client.send(
      new ListAsyncInvokesCommand({ maxResults: 5, sortOrder: "Descending" }),
    );
    expect(asyncInvokeSummaries?.map((summary) => summary.invocationArn)).toContain(invocationArn);
  });
});

describe("discovery with @aws-sdk/client-bedrock", () => {
  let client: BedrockClient;
  beforeAll(() => {
    client = new BedrockClient({
      region: "us-east-1",
      endpoint: world.gateway.url,
      token: { token: world.token },
      authSchemePreference: ["httpBearerAuth"],
    });
  });
  afterAll(() => client.destroy());

  it("lists models with a filter, and gets one", async () => {
    const { modelSummaries } = await client.send(
      new ListFoundationModelsCommand({ byProvider: "Anthropic" }),
    );
    expect(modelSummaries?.every(({ providerName }) => providerName === "Anthropic")).toBe(true);
    const modelIdentifier = modelSummaries?.[0]?.modelId ?? "";
    const { modelDetails } = await client.send(new GetFoundationModelCommand({ modelIdentifier }));
    expect(modelDetails?.modelId).toBe(modelIdentifier);
  });

  it("lists inference profiles page by page, and gets one", async () => {
    const input = { typeEquals: "SYSTEM_DEFINED" as const, maxResults: 2 };
    const first = await client.send(new ListInferenceProfilesCommand(input));
    const second = await client.send(
      new ListInferenceProfilesCommand({ ...input, nextToken: first.nextToken }),
    );
    const ids = [...(first.inferenceProfileSummaries ?? []), ...(second.inferenceProfileSummaries ?? [])].map(
      ({ inferenceProfileId }) => inferenceProfileId,
    );
    expect(new Set(ids).size).toBe(4);
    const got = await client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: HAIKU }));
    expect(got.inferenceProfileArn).toContain(HAIKU);
  });
});

describe("@anthropic-ai/bedrock-sdk", () => {
  const client = () =>
    new AnthropicBedrock({
      baseURL: world.gateway.url,
      awsRegion: "us-east-1",
      skipAuth: true,
      defaultHeaders: { authorization: `Bearer ${world.token}` },
    });
  const ask = { max_tokens: 100, messages: [{ role: "user" as const, content: "good morning" }] };

  it.each([HAIKU, HAIKU_ARN])("creates a message with %s", async (model) => {
    const answer = await client().messages.create({ ...ask, model });
    expect(answer.content).toEqual([{ type: "text", text: "You said: good morning" }]);
  });

  it("streams a message to its end", async () => {
    const stream = await client().messages.create({ ...ask, model: HAIKU, stream: true });
    const events = await Array.fromAsync(stream);
    expect(events.map((event) => event.type)).toContain("message_stop");
  });
});

it("every call of these clients is in the audit log with the outcome and the request id that AWS saw (T23)", async () => {
  const calls = await world.ended(21);
  const seen = new Map(world.sandbox.calls().map((call) => [call.requestId, call]));
  for (const call of calls.filter(({ outcome }) => outcome !== "refused")) {
    const record = seen.get(call.upstreamRequestId ?? "");
    expect(record, call.operation ?? "").toBeDefined();
    expect(record?.operation).toBe(call.operation);
    expect(record?.status).toBe(call.upstreamStatus);
    expect(call.sessionName).toBe("signet-app");
  }
  const forwarded = world.sandbox.calls().filter(({ service }) => service !== "sts");
  expect(calls.filter(({ outcome }) => outcome !== "refused")).toHaveLength(forwarded.length);
});
