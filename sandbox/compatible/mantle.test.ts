/** bedrock-mantle and bedrock-runtime on the one port, with Anthropic's Mantle client and OpenAI's SDK. */
import { AnthropicBedrockMantle } from "@anthropic-ai/bedrock-sdk";
import { getTokenProvider } from "@aws/bedrock-token-generator";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import catalogue from "../../facts/catalogue.json" with { type: "json" };
import type { Catalogue } from "../../facts/form.ts";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import {
  OWNER,
  REGION,
  allow,
  collect,
  sendRaw,
  sessionWith,
  signedRequest,
  signingFetch,
} from "../testing.ts";
import type { Keys } from "../testing.ts";

const GPT_OSS = "openai.gpt-oss-20b";
const HAIKU = "anthropic.claude-haiku-4-5";
const PROJECT = `arn:aws:bedrock-mantle:${REGION}:${OWNER}:project/default`;
const INFERENCE = "bedrock-mantle:CreateInference";

let sandbox: Sandbox;
let keys: Keys;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(
    sandbox,
    allow([INFERENCE, "bedrock-mantle:CountTokens", "bedrock-mantle:ListModels"], PROJECT),
  );
});
afterAll(() => sandbox.close());

function openAi(prefix: string, credentials = keys): OpenAI {
  const fetch = signingFetch(credentials, { service: "bedrock-mantle" });
  return new OpenAI({ apiKey: "unused", baseURL: `${sandbox.url}${prefix}`, maxRetries: 0, fetch });
}

function anthropic(credentials = keys): AnthropicBedrockMantle {
  return new AnthropicBedrockMantle({
    awsAccessKey: credentials.accessKeyId,
    awsSecretAccessKey: credentials.secretAccessKey,
    awsSessionToken: credentials.sessionToken ?? null,
    awsRegion: REGION,
    baseURL: `${sandbox.url}/anthropic`,
    maxRetries: 0,
  });
}

const says = [{ role: "user" as const, content: "hi" }];
const message = { model: HAIKU, max_tokens: 100, messages: says };

async function raw(service: string, path: string, body: object, host?: string) {
  const given = { path, body: JSON.stringify(body), service };
  const at = host === undefined ? sandbox : { ...sandbox, url: `https://${host}` };
  const request = await signedRequest(at, keys, given);
  return sendRaw(sandbox, request);
}

describe.each(["/v1", "/openai/v1"])("OpenAI's APIs under %s", (prefix) => {
  it("answer bare model ids, whole and as streams", async () => {
    const client = openAi(prefix);
    const chat = await client.chat.completions.create({ model: GPT_OSS, messages: says });
    expect(chat.choices[0]?.message.content).toBe("You said: hi");
    expect(sandbox.calls().at(-1)).toMatchObject({
      service: "bedrock-mantle",
      operation: "ChatCompletions",
      modelId: GPT_OSS,
    });
    const events = await collect(
      await client.responses.create({ model: GPT_OSS, input: "hi", stream: true }),
    );
    expect(events.at(-1)?.type).toBe("response.completed");
  });

  it("list the models, Claude's among them", async () => {
    const ids = (await collect(openAi(prefix).models.list())).map(({ id }) => id);
    const listed = (catalogue as Catalogue).models.filter(({ mantleRegions = [REGION] }) =>
      mantleRegions.includes(REGION),
    );
    const alive = listed.filter(
      ({ endpoints, endOfLife = "9999" }) => endpoints.includes("mantle") && endOfLife > "2026-02-20",
    );
    expect(ids).toEqual(alive.map(({ id }) => id));
    expect(ids).toEqual(expect.arrayContaining([HAIKU, GPT_OSS, "deepseek.v3.1"]));
  });

  it.each(["openai.gpt-oss-20b-1:0", "gpt-4o", "us.anthropic.claude-haiku-4-5"])(
    "refuse %s",
    async (model) => {
      await expect(openAi(prefix).chat.completions.create({ model, messages: says })).rejects.toMatchObject({
        status: 404,
        code: "not_found_error",
      });
    },
  );
});

describe("Anthropic's API", () => {
  it("answers whole and as a stream", async () => {
    const answer = await anthropic().messages.create(message);
    expect(answer).toMatchObject({ model: HAIKU, content: [{ text: "You said: hi" }] });
    expect(await anthropic().messages.stream(message).finalText()).toBe("You said: hi");
  });

  it("counts tokens without a limit for the answer", async () => {
    const counted = await anthropic().messages.countTokens({
      model: HAIKU,
      messages: [{ role: "user", content: "12345678" }],
    });
    expect(counted).toEqual({ input_tokens: 2 });
    expect(sandbox.calls().at(-1)?.operation).toBe("CountMessageTokens");
  });

  it("refuses models of other vendors, and names with a version", async () => {
    await expect(anthropic().messages.create({ ...message, model: GPT_OSS })).rejects.toThrow(
      "doesn't support",
    );
    await expect(
      anthropic().messages.create({ ...message, model: "anthropic.claude-haiku-4-5-20251001-v1:0" }),
    ).rejects.toMatchObject({ status: 404, error: { error: { type: "not_found_error" } } });
  });
});

describe("permissions", () => {
  it("are Mantle's own, on the account's default project", async () => {
    const runtimeOnly = sessionWith(sandbox, allow("bedrock:*"), "runtime-only");
    const denied = `is not authorized to perform: ${INFERENCE} on resource: ${PROJECT}`;
    await expect(anthropic(runtimeOnly).messages.create(message)).rejects.toThrow(denied);
    await expect(openAi("/v1", runtimeOnly).models.list()).rejects.toThrow("bedrock-mantle:ListModels");
    await expect(
      openAi("/v1", runtimeOnly).chat.completions.create({ model: GPT_OSS, messages: says }),
    ).rejects.toMatchObject({ status: 403, type: "permission_error" });
  });

  it("are different ones for a bearer token", async () => {
    const call = async (roleName: string, actions: string[]) => {
      const credentials = sessionWith(sandbox, allow(actions), roleName);
      const apiKey = await getTokenProvider({
        region: REGION,
        credentials: { ...credentials, expiration: new Date(Date.now() + 3_600_000) },
        expiresInSeconds: 900,
      })();
      const client = new OpenAI({ apiKey, baseURL: `${sandbox.url}/v1`, maxRetries: 0 });
      return client.chat.completions.create({ model: GPT_OSS, messages: says });
    };
    await expect(call("bearer", [INFERENCE, "bedrock-mantle:CallWithBearerToken"])).resolves.toBeDefined();
    await expect(call("no-bearer", [INFERENCE, "bedrock:CallWithBearerToken"])).rejects.toThrow(
      "bedrock-mantle:CallWithBearerToken",
    );
  });
});

describe("the two hosts on one port", () => {
  const chat = { model: GPT_OSS, messages: says };

  it("are distinguished by the signature's service if both have the path", async () => {
    expect((await raw("bedrock-mantle", "/openai/v1/chat/completions", chat)).status).toBe(200);
    const runtime = await raw("bedrock", "/openai/v1/chat/completions", chat);
    expect([runtime.status, runtime.body]).toEqual([
      403,
      expect.stringContaining("is not authorized to perform: bedrock:InvokeModel"),
    ]);
  });

  it("refuse the other's signature if only one has the path", async () => {
    const wrong = await raw("bedrock", "/v1/chat/completions", chat);
    expect([wrong.status, JSON.parse(wrong.body).error.message]).toEqual([
      403,
      "Credential should be scoped to correct service: 'bedrock-mantle'. ",
    ]);
    const converse = await raw("bedrock-mantle", "/model/amazon.nova-micro-v1%3A0/converse", {});
    expect([converse.status, converse.headers["x-amzn-errortype"]]).toEqual([
      403,
      expect.stringContaining("InvalidSignatureException"),
    ]);
    expect(converse.body).toContain("Credential should be scoped to correct service: 'bedrock'");
  });

  it("are chosen by an AWS Host header, whatever the signature claims", async () => {
    const mantle = `bedrock-mantle.${REGION}.api.aws`;
    const runtime = `bedrock-runtime.${REGION}.amazonaws.com`;
    const path = "/openai/v1/chat/completions";
    expect((await raw("bedrock-mantle", path, chat, mantle)).status).toBe(200);
    expect((await raw("bedrock", path, chat, mantle)).body).toContain("service: 'bedrock-mantle'");
    expect((await raw("bedrock-mantle", path, chat, runtime)).body).toContain("service: 'bedrock'");
    expect((await raw("bedrock", "/v1/chat/completions", chat, runtime)).status).toBe(404);
    expect((await raw("bedrock-mantle", "/model/x/converse", {}, mantle)).status).toBe(404);
    const abroad = await raw("bedrock-mantle", path, chat, "bedrock-mantle.eu-west-1.api.aws");
    expect(abroad.body).toContain("scoped to a valid region");
  });
});
