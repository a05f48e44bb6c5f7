/** OpenAI's own SDK against this protocol, over HTTP, with invented answers of Bedrock's. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import type {
  Response,
  ResponseInput,
  ResponseOutputItem,
  ResponseUsage,
  Tool,
} from "openai/resources/responses/responses";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { ConverseRequest, ConverseResponse } from "../../../bedrock/converse.ts";
import { SignetError } from "../../../core/errors.ts";
import { failureOf } from "../../failure.ts";
import { renderFailure } from "../errors.ts";
import { eventsOf, fed, ID, inboundOf, openedBy, renderedBy, requestOf } from "../../fixtures.ts";
import { CLAUDE } from "./fixtures.ts";
import type { OutputItem } from "./items.ts";
import { readResponses } from "./read.ts";
import type { ResponseUsage as OwnUsage } from "./response.ts";

const MODEL = "claude";
const USAGE = {
  inputTokens: 10,
  outputTokens: 5,
  totalTokens: 22,
  cacheReadInputTokens: 4,
  cacheWriteInputTokens: 3,
};

type Content = ConverseResponse["output"]["message"]["content"];

function answer(content: Content, stopReason: ConverseResponse["stopReason"] = "end_turn"): ConverseResponse {
  return { output: { message: { role: "assistant", content } }, stopReason, usage: USAGE };
}

/** A fake answer whose stream ends after that many events: with an error, or by breaking off. */
interface Given {
  response: ConverseResponse;
  broken: { after: number; error?: SignetError };
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A client whose calls are answered by `bedrock`, which sees what Bedrock would. */
async function clientOf(bedrock: (request: ConverseRequest) => Given | ConverseResponse): Promise<OpenAI> {
  const server = createServer(async (request, response) => {
    const { status, type, text, cut } = served(await bodyOf(request), bedrock);
    response.writeHead(status, { "content-type": type });
    if (cut) response.write(text, () => response.destroy());
    else response.end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "sgk_test", maxRetries: 0 });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

interface Served {
  status: number;
  type: string;
  text: string;
  /** Whether the connection ends without the answer's end. */
  cut?: boolean;
}

function served(body: string, bedrock: (request: ConverseRequest) => Given | ConverseResponse): Served {
  try {
    const translation = readResponses(inboundOf(body)).translate(CLAUDE);
    const given = bedrock(requestOf(translation));
    const { response, broken } = "broken" in given ? given : { response: given, broken: undefined };
    if (translation.answer.kind === "whole")
      return { status: 200, type: "application/json", text: renderedBy(translation, response) };
    const stream = openedBy(translation);
    const text = stream.ping + fed(stream, eventsOf(response).slice(0, broken?.after));
    const end = broken?.error ? stream.fail(failureOf(broken.error)) : stream.end();
    return { status: 200, type: "text/event-stream", text: text + (end ?? ""), cut: end === undefined };
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    const refusal = renderFailure(failureOf(error), ID);
    return { status: refusal.status, type: "application/json", text: String(refusal.body) };
  }
}

type Required<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** What the SDK's type of a response requires; `output_text` is the SDK's own work. */
const DEMANDED: Record<Exclude<Required<Response>, "output_text">, 0> = {
  id: 0,
  access_programs: 0,
  created_at: 0,
  error: 0,
  incomplete_details: 0,
  instructions: 0,
  metadata: 0,
  model: 0,
  object: 0,
  output: 0,
  parallel_tool_calls: 0,
  temperature: 0,
  tool_choice: 0,
  tools: 0,
  top_p: 0,
};

const WEATHER: Tool = {
  type: "function",
  name: "weather",
  description: "Weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  strict: true,
};

describe("the openai SDK", () => {
  it("gets the text, the usage with cached tokens, and its metadata back", async () => {
    const client = await clientOf(({ system, messages }) => {
      expect(system).toEqual([{ text: "Be brief." }]);
      expect(messages).toEqual([{ role: "user", content: [{ text: "Hello" }] }]);
      return answer([{ text: "Good day." }]);
    });
    const response = await client.responses.create({
      model: MODEL,
      instructions: "Be brief.",
      input: "Hello",
      metadata: { team: "a" },
    });
    expect(response.output_text).toBe("Good day.");
    expect(response.status).toBe("completed");
    expect(response.metadata).toEqual({ team: "a" });
    expect(response.usage).toEqual({
      input_tokens: 17,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 22,
    });
  });

  it("finds every field that its types require", async () => {
    const client = await clientOf(() => answer([{ text: "Good day." }]));
    const response = await client.responses.create({ model: MODEL, input: "Hello" });
    expect(Object.keys(response)).toEqual(expect.arrayContaining(Object.keys(DEMANDED)));
    expectTypeOf<OutputItem>().toExtend<ResponseOutputItem>();
    expectTypeOf<OwnUsage>().toExtend<ResponseUsage>();
  });

  it("streams the same as it gets whole", async () => {
    const given = answer([
      { reasoningContent: { reasoningText: { text: "Which city do they mean?", signature: "c2ln" } } },
      { text: "I shall look." },
      { toolUse: { toolUseId: "tooluse_1", name: "weather", input: { city: "Łódź" } } },
      { toolUse: { toolUseId: "tooluse_2", name: "weather", input: {} } },
    ]);
    const client = await clientOf(() => given);
    const params = {
      model: MODEL,
      input: "Weather?",
      tools: [WEATHER],
      reasoning: { summary: "auto" as const },
    };
    const whole = await client.responses.create(params);
    const deltas: string[] = [];
    const stream = client.responses
      .stream(params)
      .on("response.output_text.delta", ({ delta }) => deltas.push(delta));
    const streamed = await stream.finalResponse();
    expect(deltas.join("")).toBe("I shall look.");
    expect(streamed).toMatchObject({ ...whole, output: whole.output });
    expect(streamed.output.map(({ type }) => type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "function_call",
    ]);
  });

  it("parses structured output of a zod schema", async () => {
    const Event = z.object({ name: z.string(), day: z.string() });
    const client = await clientOf(({ outputConfig }) => {
      const schema = outputConfig?.textFormat?.structure.jsonSchema.schema ?? "";
      expect(JSON.parse(schema)).toMatchObject({ type: "object", required: ["name", "day"] });
      return answer([{ text: JSON.stringify({ name: "Fair", day: "Friday" }) }]);
    });
    const params = {
      model: MODEL,
      input: "The fair is on Friday.",
      text: { format: zodTextFormat(Event, "event") },
    };
    const parsed = await client.responses.parse(params);
    expect(parsed.output_parsed).toEqual({ name: "Fair", day: "Friday" });
    const streamed = await client.responses.stream(params).finalResponse();
    expect(streamed.output_parsed).toEqual({ name: "Fair", day: "Friday" });
  });

  it.each(["create", "parse", "stream"] as const)(
    "loops over two parallel calls with its output sent back unchanged (%s)",
    async (method) => {
      const thought = { reasoningContent: { reasoningText: { text: "Two cities.", signature: "c2ln" } } };
      const calls: Content = [
        { toolUse: { toolUseId: "tooluse_1", name: "weather", input: { city: "Bonn" } } },
        { toolUse: { toolUseId: "tooluse_2", name: "weather", input: { city: "Köln" } } },
      ];
      const seen: ConverseRequest[] = [];
      const client = await clientOf((request) => {
        seen.push(request);
        if (seen.length === 1) return answer([thought, { text: "Let me see." }, ...calls], "tool_use");
        return answer([{ text: "Rain in both." }]);
      });
      const input: ResponseInput = [{ role: "user", content: "Weather in Bonn and in Köln?" }];
      const call = async () => {
        const params = { model: MODEL, input, tools: [WEATHER], store: false };
        if (method === "stream") return await client.responses.stream(params).finalResponse();
        return await client.responses[method](params);
      };
      const first = await call();
      for (const item of first.output) {
        input.push(item as ResponseInput[number]);
      }
      for (const item of first.output) {
        if (item.type !== "function_call") continue;
        const { city } = JSON.parse(item.arguments) as { city: string };
        input.push({ type: "function_call_output", call_id: item.call_id, output: `rain in ${city}` });
      }
      const second = await call();
      expect(second.output_text).toBe("Rain in both.");
      expect(seen[1]?.messages.slice(1)).toEqual([
        { role: "assistant", content: [thought, { text: "Let me see." }, ...calls] },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "tooluse_1", content: [{ text: "rain in Bonn" }] } },
            { toolResult: { toolUseId: "tooluse_2", content: [{ text: "rain in Köln" }] } },
          ],
        },
      ]);
    },
  );

  it("throws Bedrock's or Signet's message, with the field", async () => {
    const client = await clientOf(() => answer([]));
    const refused = client.responses.create({ model: MODEL, input: "Hi", previous_response_id: "resp_1" });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      param: "previous_response_id",
      code: "unsupported_parameter",
    });
  });

  it("throws if a stream fails in the middle", async () => {
    const error = new SignetError("upstream_timeout", "Bedrock fell silent.");
    const client = await clientOf(() => ({
      response: answer([{ text: "A long tale that never ends" }]),
      broken: { after: 3, error },
    }));
    const params = { model: MODEL, input: "Hi" };
    const raw = await client.responses.create({ ...params, stream: true });
    const types: string[] = [];
    const read = async () => {
      for await (const { type } of raw) types.push(type);
    };
    await expect(read()).rejects.toThrow("Bedrock fell silent.");
    expect(types.at(-1)).toBe("response.output_text.delta");
    await expect(client.responses.stream(params).finalResponse()).rejects.toThrow("Bedrock fell silent.");
  });

  it.each(["messageStop", "metadata", "contentBlockStop"])(
    "never treats a stream that broke off before %s as complete",
    async (type) => {
      const response = answer([{ text: "Half a word" }]);
      const after = eventsOf(response).findIndex((event) => event.type === type);
      const client = await clientOf(() => ({ response, broken: { after } }));
      await expect(client.responses.stream({ model: MODEL, input: "Hi" }).finalResponse()).rejects.toThrow();
    },
  );
});
