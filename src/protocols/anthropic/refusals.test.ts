/** A field that Converse can't serve is a 400 that names it. */
import { describe, expect, it } from "vitest";
import { modelOfId } from "../../bedrock/model.ts";
import { SignetError } from "../../core/errors.ts";
import { inboundOf } from "../fixtures.ts";
import { readCountTokens } from "./count-tokens.ts";
import { ASKED, NOVA, translationOf } from "./fixtures.ts";

function refusal(body: unknown, model = NOVA): { code: string; param: string | undefined } {
  try {
    translationOf(body, model);
  } catch (error) {
    if (error instanceof SignetError) return { code: error.code, param: error.param };
    throw error;
  }
  throw new Error("it was not refused");
}

function asking(fields: object): object {
  return { ...ASKED, ...fields };
}

function saying(...content: unknown[]): object {
  return asking({ messages: [{ role: "user", content }] });
}

function result(...content: object[]): object {
  return saying({ type: "tool_result", tool_use_id: "t", content });
}

function tool(fields: object): object {
  return asking({ tools: [{ name: "f", input_schema: {}, ...fields }] });
}

const TEXT = { type: "text", text: "Hi" };
const PNG = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" };
const PDF = { type: "base64", media_type: "application/pdf", data: "JVBERi0=" };
const USE = { type: "tool_use", id: "t", name: "f", input: {} };
const TOOLS = [{ name: "f", input_schema: { type: "object" } }];

const UNSUPPORTED: [param: string, body: object][] = [
  ["surprise", asking({ surprise: 1 })],
  ["top_k", asking({ top_k: 5 })],
  ["service_tier", asking({ service_tier: "priority" })],
  ["speed", asking({ speed: "fast" })],
  ["container", asking({ container: "c" })],
  ["thread", asking({ thread: { type: "create" } })],
  ["context_management", asking({ context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } })],
  ["mcp_servers", asking({ mcp_servers: [{ type: "url", url: "https://example.com", name: "n" }] })],
  ["inference_geo", asking({ inference_geo: "us" })],
  ["fallbacks", asking({ fallbacks: [{ model: "n" }] })],
  ["output_config.task_budget", asking({ output_config: { task_budget: { type: "tokens", total: 1 } } })],
  ["output_config.effort", asking({ output_config: { effort: "low" }, thinking: { type: "disabled" } })],
  ["thinking.type", asking({ thinking: { type: "between_tools" } })],
  ["thinking.display", asking({ thinking: { type: "adaptive", display: "omitted" } })],
  ["thinking.block_binding", asking({ thinking: { type: "adaptive", block_binding: { a: 1 } } })],
  ["messages.0.role", asking({ messages: [{ role: "system", content: "Be brief." }] })],
  ["messages.0.id", asking({ messages: [{ role: "user", content: "Hi", id: "m" }] })],
  ["messages.0.content.0.type", saying({ type: "search_result", source: "s", title: "t", content: [] })],
  ["messages.0.content.0.type", saying({ type: "container_upload", file_id: "f" })],
  ["messages.0.content.1.type", saying(TEXT, { type: "server_tool_use", id: "s", name: "n", input: {} })],
  ["messages.0.content.0.surprise", saying({ ...TEXT, surprise: 1 })],
  ["messages.0.content.0.source.type", saying({ type: "image", source: { type: "url", url: "https://x" } })],
  [
    "messages.0.content.0.source.type",
    saying({ type: "document", source: { type: "url", url: "https://x" } }),
  ],
  ["messages.0.content.0.source.type", saying({ type: "document", source: { type: "file", file_id: "f" } })],
  ["messages.0.content.0.source.surprise", saying({ type: "image", source: { ...PNG, surprise: 1 } })],
  [
    "messages.0.content.0.transformations",
    saying({ type: "image", source: PNG, transformations: { oversized_image: "error" } }),
  ],
  ["messages.0.content.0.citations", saying({ type: "document", source: PDF, citations: { enabled: true } })],
  [
    "messages.0.content.0.source.content.0.type",
    saying({ type: "document", source: { type: "content", content: [{ type: "image", source: PNG }] } }),
  ],
  ["messages.0.content.0.toolset_name", saying({ ...USE, toolset_name: "browser" })],
  ["messages.0.content.0.content.0.type", result({ type: "tool_reference", tool_name: "f" })],
  [
    "messages.0.content.0.content.0.source.type",
    result({ type: "image", source: { type: "url", url: "https://x" } }),
  ],
  [
    "messages.0.content.0.cache_control.scope",
    saying({ ...TEXT, cache_control: { type: "ephemeral", scope: 1 } }),
  ],
  ["system.0.surprise", asking({ system: [{ ...TEXT, surprise: 1 }] })],
  ["tools.0.type", asking({ tools: [{ type: "web_search_20250305", name: "web_search" }] })],
  ["tools.0.type", asking({ tools: [{ type: "bash_20250124", name: "bash" }] })],
  [
    "tools.0.type",
    asking({ tools: [{ type: "text_editor_20250728", name: "str_replace_based_edit_tool" }] }),
  ],
  ["tools.0.input_examples", tool({ input_examples: [{}] })],
  ["tools.0.defer_loading", tool({ defer_loading: true })],
  ["tools.0.allowed_callers", tool({ allowed_callers: ["code_execution_20250825"] })],
  [
    "tool_choice.disable_parallel_tool_use",
    asking({ tools: TOOLS, tool_choice: { type: "auto", disable_parallel_tool_use: true } }),
  ],
];

const INVALID: [param: string, body: object][] = [
  ["model", { ...ASKED, model: undefined }],
  ["model", asking({ model: 7 })],
  ["stream", asking({ stream: "yes" })],
  ["max_tokens", asking({ max_tokens: undefined })],
  ["max_tokens", asking({ max_tokens: 0 })],
  ["max_tokens", asking({ max_tokens: 1.5 })],
  ["stop_sequences", asking({ stop_sequences: ["END", ""] })],
  ["temperature", asking({ temperature: 1.5 })],
  ["temperature", asking({ temperature: "hot" })],
  ["top_p", asking({ top_p: -0.1 })],
  ["stop_sequences.1", asking({ stop_sequences: ["a", 1] })],
  ["messages", asking({ messages: undefined })],
  ["messages", asking({ messages: [] })],
  ["messages", asking({ messages: [{ role: "user", content: " " }] })],
  ["messages.0", asking({ messages: ["Hi"] })],
  ["messages.0.role", asking({ messages: [{ role: "robot", content: "Hi" }] })],
  ["messages.0.content", asking({ messages: [{ role: "user", content: 1 }] })],
  ["messages.0.content.0", saying("Hi")],
  ["messages.0.content.0.type", saying({ text: "Hi" })],
  ["messages.0.content.0.type", saying({ type: "hologram" })],
  ["messages.0.content.0.type", saying({ type: "__proto__" })],
  ["messages.0.content.0.source", saying({ type: "image" })],
  ["messages.0.content.0.source", saying({ type: "image", source: { ...PNG, data: "§" } })],
  ["messages.0.content.0.source", saying({ type: "image", source: { ...PNG, media_type: "image/tiff" } })],
  ["messages.0.content.0.source.media_type", saying({ type: "image", source: PDF })],
  ["messages.0.content.0.source.media_type", saying({ type: "document", source: PNG })],
  [
    "messages.0.content.0.source.media_type",
    saying({ type: "document", source: { type: "text", media_type: "text/html", data: "x" } }),
  ],
  ["messages.0.content.0.input", saying({ ...USE, input: "{}" })],
  ["messages.0.content.0.data", saying({ type: "redacted_thinking", data: "not base64!" })],
  ["messages.0.content.0.content.0.text", result({ type: "text" })],
  [
    "messages.0.content.0.cache_control.ttl",
    saying({ ...TEXT, cache_control: { type: "ephemeral", ttl: "2h" } }),
  ],
  ["system", asking({ system: 1 })],
  ["system.0.type", asking({ system: [{ type: "image", source: PNG }] })],
  ["tools.0.name", asking({ tools: [{ input_schema: {} }] })],
  ["tools.0.input_schema", asking({ tools: [{ name: "f" }] })],
  ["tools.0.type", tool({ type: "mind_reader_20300101" })],
  ["tool_choice", asking({ tool_choice: { type: "any" } })],
  ["tool_choice", asking({ tool_choice: { type: "tool", name: "f" } })],
  ["tool_choice.name", asking({ tools: TOOLS, tool_choice: { type: "tool" } })],
  ["thinking.budget_tokens", asking({ thinking: { type: "enabled" } })],
  ["output_config.effort", asking({ output_config: { effort: "heroic" } })],
  ["output_config.format.type", asking({ output_config: { format: { type: "xml" } } })],
  ["output_format.schema", asking({ output_format: { type: "json_schema" } })],
];

describe("a request for a model of another vendor", () => {
  it.each(UNSUPPORTED)("is refused at %s, which has no counterpart: %j", (param, body) => {
    expect(refusal(body)).toEqual({ code: "unsupported_parameter", param });
  });

  it.each(INVALID)("is refused at %s, which is invalid: %j", (param, body) => {
    expect(refusal(body)).toEqual({ code: "invalid_body", param });
  });

  it.each([
    ["output_config.effort", { output_config: { effort: "low" } }],
    ["thinking", { thinking: { type: "adaptive" } }],
    ["thinking", { thinking: { type: "enabled", budget_tokens: 2000 } }],
  ])("is refused at %s if the model's reasoning can't be set", (param, fields) => {
    const llama = modelOfId("us.meta.llama3-3-70b-instruct-v1:0");
    expect(refusal(asking(fields), llama)).toEqual({ code: "unsupported_parameter", param });
  });

  it("is served if unsupported fields have values that request nothing", () => {
    const nothing = {
      service_tier: "auto",
      speed: "standard",
      mcp_servers: [],
      context_management: { edits: [] },
      container: null,
      top_k: null,
      metadata: { user_id: "u" },
      tools: [{ ...TOOLS[0], type: "custom", defer_loading: false, allowed_callers: ["direct"] }],
      tool_choice: { type: "auto", disable_parallel_tool_use: false },
    };
    expect(() => translationOf(asking(nothing))).not.toThrow();
  });

  it("that is nested too deeply is refused, on every recursive path to Bedrock", () => {
    const deep = `${'{"0":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const body = JSON.stringify(tool({})).replace('"input_schema":{}', `"input_schema":${deep}`);
    expect(refusal(body)).toEqual({ code: "invalid_body", param: undefined });
    const ask = readCountTokens(inboundOf(body));
    expect(() => ask.translate(NOVA)).toThrow(expect.objectContaining({ code: "invalid_body" }));
  });

  it("that isn't a JSON object is refused", () => {
    for (const body of ["", "{", "[]", "null", '"x"', "\u{FEFF}{}"])
      expect(refusal(body)).toEqual({ code: "invalid_body", param: undefined });
  });
});
