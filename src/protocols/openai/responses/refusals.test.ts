/** A field of the Responses API that Bedrock can't serve is a 400 that names it. */
import { describe, expect, it } from "vitest";
import { modelOfId } from "../../../bedrock/model.ts";
import { SignetError } from "../../../core/errors.ts";
import { inboundOf } from "../../fixtures.ts";
import { CLAUDE, translationOf } from "./fixtures.ts";
import { readResponses } from "./read.ts";

function refusal(
  body: unknown,
  model = CLAUDE,
): { code: string; param: string | undefined; message: string } {
  try {
    readResponses(inboundOf(body)).translate(model);
  } catch (error) {
    if (error instanceof SignetError) return { code: error.code, param: error.param, message: error.message };
    throw error;
  }
  throw new Error("it was not refused");
}

function asking(fields: object): object {
  return { model: "m", input: "Hi", ...fields };
}

function saying(...items: object[]): object {
  return asking({ input: items });
}

function user(...content: object[]): object {
  return saying({ role: "user", content });
}

const TOOL = { type: "function", name: "f", parameters: {}, strict: true };
const CALL = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };

const UNSUPPORTED: [param: string, body: object][] = [
  ["surprise", asking({ surprise: 1 })],
  ["store", asking({ store: true })],
  ["previous_response_id", asking({ previous_response_id: "resp_1" })],
  ["conversation", asking({ conversation: "conv_1" })],
  ["background", asking({ background: true })],
  ["prompt", asking({ prompt: { id: "pmpt_1" } })],
  ["context_management", asking({ context_management: [{ type: "compaction" }] })],
  ["truncation", asking({ truncation: "auto" })],
  ["parallel_tool_calls", asking({ parallel_tool_calls: false })],
  ["max_tool_calls", asking({ max_tool_calls: 2 })],
  ["top_logprobs", asking({ top_logprobs: 3 })],
  ["moderation", asking({ moderation: { model: "omni-moderation-latest" } })],
  ["text.verbosity", asking({ text: { verbosity: "low" } })],
  ["text.format.type", asking({ text: { format: { type: "json_object" } } })],
  ["reasoning.context", asking({ reasoning: { context: "all_turns" } })],
  ["reasoning.mode", asking({ reasoning: { mode: "pro" } })],
  ["include.1", asking({ include: ["reasoning.encrypted_content", "message.output_text.logprobs"] })],
  ["prompt_cache_options.prewarm", asking({ prompt_cache_options: { prewarm: true } })],
  ["stream_options.include_usage", asking({ stream: true, stream_options: { include_usage: true } })],
  ["input.1.type", saying({ role: "user", content: "Hi" }, { type: "item_reference", id: "msg_1" })],
  ["input.0.type", saying({ type: "web_search_call", id: "ws_1", status: "completed" })],
  ["input.0.type", saying({ type: "custom_tool_call", call_id: "c", name: "f", input: "x" })],
  ["input.0.namespace", saying({ ...CALL, namespace: "n" })],
  ["input.0.caller", saying({ ...CALL, caller: { type: "program", caller_id: "p" } })],
  ["input.0.name", saying({ role: "user", content: "Hi", name: "Ada" })],
  ["input.0.content.1.image_url", user({ type: "input_text", text: "Look" }, image("https://x.test/a.png"))],
  ["input.0.content.0.file_id", user({ type: "input_image", file_id: "file_1" })],
  ["input.0.content.0.file_id", user({ type: "input_file", file_id: "file_1" })],
  ["input.0.content.0.file_url", user({ type: "input_file", file_url: "https://x.test/a.pdf" })],
  [
    "input.1.output.0.image_url",
    saying(CALL, { type: "function_call_output", call_id: "c", output: [image("http://169.254.169.254/")] }),
  ],
  ["tools.1.type", asking({ tools: [TOOL, { type: "web_search" }] })],
  ["tools.0.type", asking({ tools: [{ type: "custom", name: "f" }] })],
  ["tools.0.type", asking({ tools: [{ type: "mcp", server_label: "s" }] })],
  ["tools.0.defer_loading", asking({ tools: [{ ...TOOL, defer_loading: true }] })],
  ["tool_choice.type", asking({ tools: [TOOL], tool_choice: { type: "file_search" } })],
  [
    "tool_choice.tools.0.type",
    asking({ tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "mcp" }] } }),
  ],
];

function image(url: string): object {
  return { type: "input_image", image_url: url };
}

const INVALID: [param: string, body: object][] = [
  ["model", { input: "Hi" }],
  ["input", { model: "m" }],
  ["input", asking({ input: [] })],
  ["input", asking({ input: "  \n" })],
  ["input.0", asking({ input: ["Hi"] })],
  ["input.0.role", saying({ content: "Hi" })],
  ["input.0.type", saying({ type: "telepathy" })],
  ["input.0.content", saying({ role: "user", content: 7 })],
  ["input.0.content.0.type", user({ type: "output_text", text: "Hi" })],
  ["input.0.content.0.type", saying({ role: "assistant", content: [{ type: "input_image" }] })],
  ["input.0.content.0.type", saying({ role: "system", content: [{ type: "input_image" }] })],
  ["input.0.content.0.image_url", user({ type: "input_image" })],
  ["input.0.content.0.image_url", user(image("data:image/tiff;base64,AAAA"))],
  ["input.0.content.0.image_url", user(image("data:image/png;base64,%%%"))],
  ["input.0.content.0.file_data", user({ type: "input_file", file_data: "JVBERi0=" })],
  [
    "input.0.content.0.prompt_cache_breakpoint.ttl",
    user({ type: "input_text", text: "Hi", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }),
  ],
  ["input.0.arguments", saying({ ...CALL, arguments: "{" })],
  ["input.0.arguments", saying({ ...CALL, arguments: "[]" })],
  ["input.0.call_id", saying({ type: "function_call_output", output: "x" })],
  ["input.0.encrypted_content", saying({ type: "reasoning", id: "rs_1", summary: [] })],
  ["input.0.encrypted_content", saying({ type: "reasoning", encrypted_content: "gAAAAABn" })],
  ["input.0.encrypted_content", saying({ type: "reasoning", encrypted_content: sealed({ x: 1 }) })],
  [
    "input.0.encrypted_content",
    saying({ type: "reasoning", encrypted_content: sealed({ reasoningText: { text: "a", signature: 1 } }) }),
  ],
  ["instructions", asking({ instructions: ["a"] })],
  ["temperature", asking({ temperature: 1.2 })],
  ["top_p", asking({ top_p: -0.1 })],
  ["max_output_tokens", asking({ max_output_tokens: 0 })],
  ["stream", asking({ stream: "yes" })],
  ["metadata.team", asking({ metadata: { team: 1 } })],
  ["service_tier", asking({ service_tier: "ultrafast" })],
  ["reasoning.effort", asking({ reasoning: { effort: "huge" } })],
  ["reasoning.generate_summary", asking({ reasoning: { generate_summary: "long" } })],
  ["text.format.schema", asking({ text: { format: { type: "json_schema", name: "n" } } })],
  ["prompt_cache_options.mode", asking({ prompt_cache_options: { mode: "implicit" } })],
  ["tools.0.name", asking({ tools: [{ type: "function" }] })],
  ["tools.0.parameters", asking({ tools: [{ ...TOOL, parameters: [] }] })],
  ["tool_choice", asking({ tool_choice: "required" })],
  ["tool_choice.name", asking({ tools: [TOOL], tool_choice: { type: "function", name: "g" } })],
  [
    "tool_choice.tools.0.name",
    asking({
      tools: [TOOL],
      tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "g" }] },
    }),
  ],
];

function sealed(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString("base64");
}

describe("a request is refused with the field's name", () => {
  it.each(UNSUPPORTED)("for a field without a counterpart in Bedrock: %s (case %#)", (param, body) => {
    expect(refusal(body)).toMatchObject({ code: "unsupported_parameter", param });
  });

  it.each(INVALID)("for an invalid value: %s (case %#)", (param, body) => {
    expect(refusal(body)).toMatchObject({ code: "invalid_body", param });
  });

  it("and the unsupported type of tool", () => {
    expect(refusal(asking({ tools: [{ type: "code_interpreter" }] })).message).toContain("code_interpreter");
  });

  it("for an effort that the model doesn't support", () => {
    const asked = asking({ reasoning: { effort: "low" } });
    expect(refusal(asked, modelOfId("meta.llama3-1-8b-instruct-v1:0"))).toMatchObject({
      code: "unsupported_parameter",
      param: "reasoning.effort",
    });
    const none = asking({ reasoning: { effort: "none" } });
    expect(refusal(none, modelOfId("openai.gpt-oss-20b-1:0")).param).toBe("reasoning.effort");
  });

  it("for JSON that is nested too deeply", () => {
    const deep = `${'{"0":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const tool = `{"type":"function","name":"f","parameters":${deep}}`;
    const body = `{"model":"m","input":"Hi","tools":[${tool}]}`;
    expect(refusal(body).code).toBe("invalid_body");
    expect(() => readResponses(inboundOf(body)).passed?.body("openai.gpt-oss-20b-1:0")).toThrow(SignetError);
  });

  it.each(["", "null", "[]", "{", '"Hi"'])("for a body that isn't a JSON object: %s", (body) => {
    expect(refusal(body).code).toBe("invalid_body");
  });
});

describe("a field that requests nothing", () => {
  it.each([
    { store: false, background: false, truncation: "disabled", parallel_tool_calls: true, top_logprobs: 0 },
    { previous_response_id: null, conversation: null, prompt: null, max_tool_calls: null, metadata: null },
    { text: { format: null, verbosity: "medium" }, reasoning: { context: "auto", mode: "standard" } },
    { user: "u", safety_identifier: "s", prompt_cache_key: "k", prompt_cache_retention: "24h" },
    { tool_choice: "none", tools: [] },
  ])("passes: %o", (fields) => {
    const plain = translationOf({ model: "m", input: "Hi" });
    expect(translationOf(asking(fields)).bodies).toEqual(plain.bodies);
  });
});
