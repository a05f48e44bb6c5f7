/** What `signet flashback fields` prints for each type, used as Flashback uses it: with that type's own SDK. */
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AI_LLM_TYPES, type AiLlmType } from "../../../src/store/flashback.ts";
import { Secret } from "../../../src/core/secret.ts";
import { flashbackFields } from "../../../src/flashback/fields.ts";
import { startFlashback, type FlashbackServer } from "../../support/flashback.ts";
import { newWorld, type World } from "../../support/world.ts";

const MODEL = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const ALIAS = "claude-sonnet";

let world: World;
let flashback: FlashbackServer;
let pair: Awaited<ReturnType<World["newPair"]>>;

beforeAll(async () => {
  world = await newWorld({ delegation: { aliases: [{ name: ALIAS, model: MODEL }] } });
  pair = await world.newPair();
  flashback = await startFlashback("platform-token");
});
afterAll(() => Promise.all([world.close(), flashback.close()]));

function fields(type: AiLlmType) {
  const { accessKeyId, secretAccessKey } = pair;
  const presented =
    type === "AWS"
      ? { accessKeyId, secret: new Secret(secretAccessKey) }
      : { secret: new Secret(world.token) };
  const printed = flashbackFields(type, world.gateway.url, presented);
  const value = (name: string) => printed.find(({ field }) => field === name)?.value ?? "";
  return { endpoint: value("API Endpoint"), secret: value("API Secret"), key: value("API Key") };
}

describe("the fields of an AI LLM of type", () => {
  it.each(["OPENAI", "OTHER"] as const)("%s work for models, chat and streams", async (type) => {
    const { endpoint, secret } = fields(type);
    const client = new OpenAI({ baseURL: endpoint, apiKey: secret, maxRetries: 0 });
    expect((await Array.fromAsync(client.models.list())).map(({ id }) => id)).toContain(ALIAS);
    const body = { model: ALIAS, messages: [{ role: "user" as const, content: "Hello" }] };
    expect((await client.chat.completions.create(body)).choices[0]?.message.content).toBe("You said: Hello");
    const chunks = await Array.fromAsync(await client.chat.completions.create({ ...body, stream: true }));
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  it("ANTHROPIC work for messages", async () => {
    const { endpoint, secret } = fields("ANTHROPIC");
    const client = new Anthropic({ baseURL: endpoint, apiKey: secret, maxRetries: 0 });
    const body = { model: ALIAS, max_tokens: 100, messages: [{ role: "user" as const, content: "Hello" }] };
    expect((await client.messages.create(body)).content).toMatchObject([{ text: "You said: Hello" }]);
  });

  it("GOOGLE work for content", async () => {
    const { endpoint, secret } = fields("GOOGLE");
    const client = new GoogleGenAI({ apiKey: secret, httpOptions: { baseUrl: endpoint } });
    const answer = await client.models.generateContent({ model: ALIAS, contents: "Hello" });
    expect(answer.text).toBe("You said: Hello");
  });

  it("AWS work for Bedrock's own API", async () => {
    const { endpoint, secret, key } = fields("AWS");
    const client = new BedrockRuntimeClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: key, secretAccessKey: secret },
      maxAttempts: 1,
    });
    const messages = [{ role: "user" as const, content: [{ text: "Hello" }] }];
    const answer = await client.send(new ConverseCommand({ modelId: ALIAS, messages }));
    expect(answer.output?.message?.content).toMatchObject([{ text: "You said: Hello" }]);
  });

  it.each(AI_LLM_TYPES)("%s pass the platform's own validation", async (type) => {
    const { endpoint, secret, key } = fields(type);
    const ask = async (path: string, body: object) =>
      (await (
        await fetch(flashback.url + path, {
          method: "POST",
          headers: { authorization: "Bearer platform-token", "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).json()) as { aiLlmId: string; success: boolean };
    const apiKey = key === "" ? {} : { key };
    const llm = { name: "bedrock", aiType: type, endpoint, ...apiKey, secret, workspaceId: "42" };
    const { aiLlmId } = await ask("/ai/llm", llm);
    expect(await ask(`/ai/llm/${aiLlmId}/validate`, {})).toMatchObject({ success: true });
  });
});
