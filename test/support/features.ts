/** The features that callers ask about, each with a request of it in every protocol, and the readers' result. */
import { modelOfId } from "../../src/bedrock/model.ts";
import { SignetError } from "../../src/core/errors.ts";
import { readCountTokens as anthropicCount } from "../../src/protocols/anthropic/count-tokens.ts";
import { readMessages } from "../../src/protocols/anthropic/messages.ts";
import {
  readBatchEmbed,
  readCountTokens as geminiCount,
  readGenerate,
  readStreamGenerate,
} from "../../src/protocols/gemini/read.ts";
import { readChat } from "../../src/protocols/openai/chat/read.ts";
import { readEmbed } from "../../src/protocols/openai/embeddings.ts";
import { readResponses } from "../../src/protocols/openai/responses/read.ts";
import type { Ask, Inbound } from "../../src/protocols/translation.ts";

export const COLUMNS = [
  { name: "chat", title: "OpenAI chat" },
  { name: "responses", title: "OpenAI responses" },
  { name: "claude", title: "Anthropic, Claude" },
  { name: "others", title: "Anthropic, others" },
  { name: "gemini", title: "Gemini" },
] as const;

type Column = (typeof COLUMNS)[number]["name"];
type Cell = () => string;

export interface Feature {
  feature: string;
  ask: Record<Column, Cell>;
}

const SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const NOVA = "amazon.nova-lite-v1:0";

function result(read: (inbound: Inbound) => Ask, body: object, model: string): string {
  const bytes = Buffer.from(JSON.stringify(body));
  const inbound = { params: [model], query: "", headers: new Map(), body: bytes, id: "id", now: 0 };
  try {
    const ask = read(inbound);
    const target = modelOfId(model);
    const passed = ask.operation(target).startsWith("InvokeModel") && read === readMessages;
    ask.translate(target);
    return passed ? "passed" : "mapped";
  } catch (thrown) {
    if (thrown instanceof SignetError && thrown.param !== undefined) return "refused";
    throw thrown;
  }
}

const hello = { role: "user", content: "Hello" };
const chat =
  (fields: object, model = SONNET): Cell =>
  () =>
    result(readChat, { model, messages: [hello], ...fields }, model);
const responses =
  (fields: object, model = SONNET): Cell =>
  () =>
    result(readResponses, { model, input: "Hello", ...fields }, model);
const messages =
  (model: string) =>
  (fields: object): Cell =>
  () =>
    result(readMessages, { model, max_tokens: 100, messages: [hello], ...fields }, model);
const claude = messages(SONNET);
const others = messages(NOVA);
const gemini =
  (fields: object, model = SONNET): Cell =>
  () =>
    result(readGenerate, { contents: [{ parts: [{ text: "Hello" }] }], ...fields }, model);
const none: Cell = () => "–";

const user = (part: object) => ({ messages: [{ role: "user", content: [part] }] });
const input = (part: object) => ({ input: [{ role: "user", content: [part] }] });
const part = (each: object) => ({ contents: [{ role: "user", parts: [each] }] });
const PNG = "iVBORw0KGgo=";
const PDF = "JVBERi0xLjQ=";
const schema = { type: "object", properties: { answer: { type: "string" } } };
const functionTool = { name: "weather", parameters: schema };
const chatTools = { tools: [{ type: "function", function: functionTool }] };
const responsesTools = { tools: [{ type: "function", ...functionTool, strict: false }] };
const anthropicTools = { tools: [{ name: "weather", input_schema: schema }] };
const geminiTools = {
  tools: [{ functionDeclarations: [{ name: "weather", parametersJsonSchema: schema }] }],
};
const anthropicImage = (source: object) => user({ type: "image", source });
const anthropicPdf = {
  type: "document",
  source: { type: "base64", media_type: "application/pdf", data: PDF },
};

/** The same for both kinds of models behind Anthropic's protocol. */
const both = (fields: object) => ({ claude: claude(fields), others: others(fields) });

export const FEATURES: readonly Feature[] = [
  {
    feature: "text, system prompt",
    ask: {
      chat: chat({ messages: [{ role: "developer", content: "Be brief" }, hello] }),
      responses: responses({ instructions: "Be brief" }),
      ...both({ system: "Be brief" }),
      gemini: gemini({ systemInstruction: { parts: [{ text: "Be brief" }] } }),
    },
  },
  {
    feature: "streaming",
    ask: {
      chat: chat({ stream: true, stream_options: { include_usage: true } }),
      responses: responses({ stream: true }),
      ...both({ stream: true }),
      gemini: () => result(readStreamGenerate, part({ text: "Hello" }), SONNET),
    },
  },
  {
    feature: "temperature up to 1",
    ask: {
      chat: chat({ temperature: 0.5 }),
      responses: responses({ temperature: 0.5 }),
      ...both({ temperature: 0.5 }),
      gemini: gemini({ generationConfig: { temperature: 0.5 } }),
    },
  },
  {
    feature: "temperature above 1",
    ask: {
      chat: chat({ temperature: 1.5 }),
      responses: responses({ temperature: 1.5 }),
      claude: () => "refused by Bedrock",
      others: others({ temperature: 1.5 }),
      gemini: gemini({ generationConfig: { temperature: 1.5 } }),
    },
  },
  {
    feature: "stop sequences",
    ask: {
      chat: chat({ stop: ["\n"] }),
      responses: none,
      ...both({ stop_sequences: ["\n"] }),
      gemini: gemini({ generationConfig: { stopSequences: ["\n"] } }),
    },
  },
  {
    feature: "tools, parallel calls",
    ask: {
      chat: chat(chatTools),
      responses: responses(responsesTools),
      ...both(anthropicTools),
      gemini: gemini(geminiTools),
    },
  },
  {
    feature: "a tool forced",
    ask: {
      chat: chat({ ...chatTools, tool_choice: { type: "function", function: { name: "weather" } } }),
      responses: responses({ ...responsesTools, tool_choice: { type: "function", name: "weather" } }),
      ...both({ ...anthropicTools, tool_choice: { type: "tool", name: "weather" } }),
      gemini: gemini({
        ...geminiTools,
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather"] } },
      }),
    },
  },
  {
    feature: "one call at a time",
    ask: {
      chat: chat({ ...chatTools, parallel_tool_calls: false }),
      responses: responses({ ...responsesTools, parallel_tool_calls: false }),
      ...both({ ...anthropicTools, tool_choice: { type: "auto", disable_parallel_tool_use: true } }),
      gemini: none,
    },
  },
  {
    feature: "the vendor's own tools (web search …)",
    ask: {
      chat: chat({ web_search_options: {} }),
      responses: responses({ tools: [{ type: "web_search" }] }),
      claude: () => "left to Bedrock",
      others: others({ tools: [{ type: "web_search_20250305", name: "web_search" }] }),
      gemini: gemini({ tools: [{ googleSearch: {} }] }),
    },
  },
  {
    feature: "images as data",
    ask: {
      chat: chat(user({ type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } })),
      responses: responses(
        input({ type: "input_image", detail: "auto", image_url: `data:image/png;base64,${PNG}` }),
      ),
      ...both(anthropicImage({ type: "base64", media_type: "image/png", data: PNG })),
      gemini: gemini(part({ inlineData: { mimeType: "image/png", data: PNG } })),
    },
  },
  {
    feature: "images by URL",
    ask: {
      chat: chat(user({ type: "image_url", image_url: { url: "https://example.com/a.png" } })),
      responses: responses(
        input({ type: "input_image", detail: "auto", image_url: "https://example.com/a.png" }),
      ),
      claude: () => "refused by Bedrock",
      others: others(anthropicImage({ type: "url", url: "https://example.com/a.png" })),
      gemini: gemini(part({ fileData: { fileUri: "https://example.com/a.png" } })),
    },
  },
  {
    feature: "PDF as data",
    ask: {
      chat: chat(
        user({ type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` } }),
      ),
      responses: responses(
        input({ type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` }),
      ),
      ...both(user(anthropicPdf)),
      gemini: gemini(part({ inlineData: { mimeType: "application/pdf", data: PDF } })),
    },
  },
  {
    feature: "structured output by schema",
    ask: {
      chat: chat({ response_format: { type: "json_schema", json_schema: { name: "a", schema } } }),
      responses: responses({ text: { format: { type: "json_schema", name: "a", schema } } }),
      ...both({ output_config: { format: { type: "json_schema", schema } } }),
      gemini: gemini({
        generationConfig: { responseMimeType: "application/json", responseJsonSchema: schema },
      }),
    },
  },
  {
    feature: "JSON without a schema",
    ask: {
      chat: chat({ response_format: { type: "json_object" } }),
      responses: responses({ text: { format: { type: "json_object" } } }),
      claude: none,
      others: none,
      gemini: gemini({ generationConfig: { responseMimeType: "application/json" } }),
    },
  },
  {
    feature: "reasoning effort or budget (models that take one)",
    ask: {
      chat: chat({ reasoning_effort: "high" }),
      responses: responses({ reasoning: { effort: "high" } }),
      claude: claude({ thinking: { type: "enabled", budget_tokens: 2000 } }),
      others: () =>
        result(
          readMessages,
          {
            model: "openai.gpt-oss-20b-1:0",
            max_tokens: 4000,
            messages: [hello],
            thinking: { type: "enabled", budget_tokens: 2000 },
          },
          "openai.gpt-oss-20b-1:0",
        ),
      gemini: gemini({ generationConfig: { thinkingConfig: { thinkingBudget: 2000 } } }),
    },
  },
  {
    feature: "prompt caching",
    ask: {
      chat: chat(user({ type: "text", text: "Hello", prompt_cache_breakpoint: { mode: "explicit" } })),
      responses: responses(
        input({ type: "input_text", text: "Hello", prompt_cache_breakpoint: { mode: "explicit" } }),
      ),
      ...both(user({ type: "text", text: "Hello", cache_control: { type: "ephemeral" } })),
      gemini: gemini({ cachedContent: "cachedContents/1" }),
    },
  },
  {
    feature: "several answers (n)",
    ask: {
      chat: chat({ n: 2 }),
      responses: none,
      claude: none,
      others: none,
      gemini: gemini({ generationConfig: { candidateCount: 2 } }),
    },
  },
  {
    feature: "log probabilities, penalties",
    ask: {
      chat: chat({ logprobs: true }),
      responses: responses({ top_logprobs: 2 }),
      claude: none,
      others: none,
      gemini: gemini({ generationConfig: { responseLogprobs: true } }),
    },
  },
  {
    feature: "state kept by the server",
    ask: {
      chat: none,
      responses: responses({ previous_response_id: "resp_1" }),
      claude: none,
      others: others({ container: "container_1" }),
      gemini: none,
    },
  },
  {
    feature: "counting tokens",
    ask: {
      chat: none,
      responses: none,
      claude: () => result(anthropicCount, { model: SONNET, messages: [hello] }, SONNET),
      others: () => result(anthropicCount, { model: NOVA, messages: [hello] }, NOVA),
      gemini: () => result(geminiCount, part({ text: "Hello" }), SONNET),
    },
  },
  {
    feature: "embeddings",
    ask: {
      chat: () => result(readEmbed, { model: "x", input: ["a"] }, "amazon.titan-embed-text-v2:0"),
      responses: none,
      claude: none,
      others: none,
      gemini: () =>
        result(
          readBatchEmbed,
          { requests: [{ content: { parts: [{ text: "a" }] } }] },
          "amazon.titan-embed-text-v2:0",
        ),
    },
  },
];
