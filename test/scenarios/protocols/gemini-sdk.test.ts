/** Google's own SDK against the gateway. */
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type, type Content } from "@google/genai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HAIKU, newWorld, type World } from "../../support/world.ts";

const NOVA = "amazon.nova-lite-v1:0";
const SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const TITAN = "amazon.titan-embed-text-v2:0";

let world: World;
let client: GoogleGenAI;

beforeAll(async () => {
  world = await newWorld();
  client = new GoogleGenAI({ apiKey: world.token, httpOptions: { baseUrl: world.gateway.url } });
});
afterAll(() => world.close());

const PDF = Buffer.from("%PDF-1.4 a small one").toString("base64");

describe.each([SONNET, NOVA])("%s", (model) => {
  it("answers, and a stream has the same content", async () => {
    const contents = "Hello [[reasoning]] [[cache:7,5]] there";
    const whole = await client.models.generateContent({ model, contents });
    expect(whole.text).toBe("You said: Hello there");
    expect(whole.candidates?.[0]?.finishReason).toBe("STOP");
    const pieces = await Array.fromAsync(await client.models.generateContentStream({ model, contents }));
    expect(pieces.map(({ text }) => text ?? "").join("")).toBe(whole.text);
    expect(pieces.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    const [usage] = (await world.ended(2)).slice(-1).map((call) => call.usage);
    expect(whole.usageMetadata).toMatchObject({
      cachedContentTokenCount: 7,
      promptTokenCount: (usage?.inputTokens ?? 0) + 12,
      candidatesTokenCount: usage?.outputTokens,
    });
  });

  it("makes two parallel tool calls, with the reasoning before them", async () => {
    const config = {
      tools: [
        { functionDeclarations: [{ name: "weather", parameters: { type: Type.OBJECT, properties: {} } }] },
      ],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
    };
    const text = '[[reasoning:redacted]] [[tool:weather {"city":"Rome"}]] [[tool:weather {"city":"Oslo"}]]';
    const contents: Content[] = [{ role: "user", parts: [{ text }] }];
    const asked = await client.models.generateContent({ model, contents, config });
    expect(asked.functionCalls?.map(({ args }) => args)).toEqual([{ city: "Rome" }, { city: "Oslo" }]);
    const parts = (asked.functionCalls ?? []).map(({ id, name, args }) => ({
      functionResponse: { id: id!, name: name!, response: { output: `sunny in ${String(args?.["city"])}` } },
    }));
    // The sandbox refuses reasoning that doesn't come back exactly as the model gave it.
    const answer = await client.models.generateContent({
      model,
      config,
      contents: [...contents, asked.candidates![0]!.content!, { role: "user", parts }],
    });
    expect(answer.text).toBe("The tools answered: sunny in Rome; sunny in Oslo");
  });

  it("passes on data, system instruction and schema", async () => {
    const answer = await client.models.generateContent({
      model,
      contents: [{ text: "what is this" }, { inlineData: { mimeType: "application/pdf", data: PDF } }],
      config: {
        systemInstruction: "Be brief.",
        responseMimeType: "application/json",
        responseSchema: {
          type: Type.OBJECT,
          properties: { answer: { type: Type.STRING } },
          required: ["answer"],
        },
      },
    });
    expect(JSON.parse(answer.text!)).toEqual({ answer: "what is this" });
  });

  it("reports a stream that fails or is cut off as an error", async () => {
    const stream = async (contents: string) =>
      Array.fromAsync(await client.models.generateContentStream({ model, contents }));
    await expect(stream("[[fail-mid-stream:throttlingException]] one two three four")).rejects.toMatchObject({
      status: 429,
    });
    await expect(stream("[[cut]] one two three four")).rejects.toThrow();
    await expect(stream("[[bad-crc]] one two three four")).rejects.toThrow();
  });
});

describe("besides content", () => {
  it("tokens are counted, texts embedded, models listed", async () => {
    expect(await client.models.countTokens({ model: SONNET, contents: "12345678" })).toMatchObject({
      totalTokens: 2,
    });
    const embedded = await client.models.embedContent({
      model: TITAN,
      contents: ["one", "two"],
      config: { outputDimensionality: 256 },
    });
    expect(embedded.embeddings?.map(({ values }) => values?.length)).toEqual([256, 256]);
    const names: (string | undefined)[] = [];
    for await (const model of await client.models.list({ config: { pageSize: 7 } })) names.push(model.name);
    expect(names).toContain(`models/${HAIKU}`);
    expect(new Set(names).size).toBe(names.length);
    expect(await client.models.get({ model: HAIKU })).toMatchObject({ name: `models/${HAIKU}` });
  });

  it("a stream without alt=sse is one JSON array", async () => {
    const answer = await fetch(
      `${world.gateway.url}/v1beta/models/${HAIKU}:streamGenerateContent?key=${world.token}`,
      {
        method: "POST",
        body: JSON.stringify({ contents: [{ parts: [{ text: "one two" }] }] }),
      },
    );
    expect(answer.headers.get("content-type")).toContain("application/json");
    const items = (await answer.json()) as { candidates: { content: { parts: { text?: string }[] } }[] }[];
    expect(
      items.flatMap(({ candidates }) => candidates[0]!.content.parts.map(({ text }) => text)).join(""),
    ).toBe("You said: one two");
  });

  it("errors are the SDK's own, and a key in the query doesn't appear anywhere", async () => {
    const other = new GoogleGenAI({ apiKey: "no", httpOptions: { baseUrl: world.gateway.url } });
    const error = await other.models
      .generateContent({ model: HAIKU, contents: "hi" })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 401, message: expect.stringContaining("API_KEY_INVALID") });
    const configs = { temperature: { temperature: 1.5 }, stopSequences: { stopSequences: [""] } };
    for (const [field, config] of Object.entries(configs)) {
      const refused = await client.models
        .generateContent({ model: HAIKU, contents: "hi", config })
        .catch((thrown) => thrown);
      expect(refused).toMatchObject({
        status: 400,
        message: expect.stringContaining(`generationConfig.${field}`),
      });
    }
    const { token } = await world.newKey();
    for (const path of ["models/nothing:generateContent", "nothing", "models"])
      await (
        await fetch(`${world.gateway.url}/v1beta/${path}?key=${token}`, { method: "POST", body: "{}" })
      ).text();
    expect(world.logged.join("\n")).not.toContain(token);
    expect(JSON.stringify(await world.calls())).not.toContain(token);
    expect(JSON.stringify(world.sandbox.calls())).not.toContain(token);
  });
});
