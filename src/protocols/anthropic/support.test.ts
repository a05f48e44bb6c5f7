/** The tables against the SDK's types: a field that Anthropic adds fails the type check here until a table has it. */
import type {
  BetaBase64PDFSource,
  BetaCacheControlEphemeral,
  BetaContentBlockParam,
  BetaContentBlockSource,
  BetaImageBlockParam,
  BetaJSONOutputFormat,
  BetaMessageParam,
  BetaOutputConfig,
  BetaPlainTextSource,
  BetaRedactedThinkingBlockParam,
  BetaRequestDocumentBlock,
  BetaSystemMessageParam,
  BetaTextBlockParam,
  BetaThinkingBlockParam,
  BetaThinkingConfigAdaptive,
  BetaThinkingConfigEnabled,
  BetaThinkingConfigParam,
  BetaTool,
  BetaToolChoiceTool,
  BetaToolResultBlockParam,
  BetaToolUnion,
  BetaToolUseBlockParam,
  MessageCreateParamsBase as BetaParams,
} from "@anthropic-ai/sdk/resources/beta/messages/messages";
import type {
  ContentBlockParam,
  MessageCreateParamsBase,
  ToolUnion,
} from "@anthropic-ai/sdk/resources/messages/messages";
import { expect, it } from "vitest";
import { SUPPORT } from "./support.ts";

/** Every name of `T` once, else it is a type error. */
type Names<T> = Record<keyof T, 0>;
type Values<T extends string> = Record<T, 0>;
type Items<T> = T extends readonly (infer Item)[] ? Item : never;

const REQUEST: Names<MessageCreateParamsBase & BetaParams> = {
  betas: 0,
  billing_policy: 0,
  cache_control: 0,
  compaction: 0,
  container: 0,
  context_management: 0,
  diagnostics: 0,
  fallback_credit_token: 0,
  fallbacks: 0,
  inference_geo: 0,
  max_tokens: 0,
  mcp_servers: 0,
  messages: 0,
  metadata: 0,
  model: 0,
  output_config: 0,
  output_format: 0,
  service_tier: 0,
  speed: 0,
  stop_sequences: 0,
  stream: 0,
  system: 0,
  thinking: 0,
  thread: 0,
  tool_choice: 0,
  tools: 0,
  user_profile_id: 0,
  workspace_id: 0,
};
const MESSAGE: Names<Exclude<BetaMessageParam, BetaSystemMessageParam>> = { content: 0, role: 0 };
const ROLES: Values<BetaMessageParam["role"]> = { assistant: 0, system: 0, user: 0 };
const BLOCK_TYPES: Values<(ContentBlockParam | BetaContentBlockParam)["type"]> = {
  advisor_tool_result: 0,
  bash_code_execution_tool_result: 0,
  code_execution_tool_result: 0,
  compaction: 0,
  container_upload: 0,
  document: 0,
  fallback: 0,
  image: 0,
  mcp_tool_listing: 0,
  mcp_tool_result: 0,
  mcp_tool_use: 0,
  redacted_thinking: 0,
  search_result: 0,
  server_tool_use: 0,
  text: 0,
  text_editor_code_execution_tool_result: 0,
  thinking: 0,
  tool_addition: 0,
  tool_removal: 0,
  tool_result: 0,
  tool_search_tool_result: 0,
  tool_use: 0,
  web_fetch_tool_result: 0,
  web_search_tool_result: 0,
};
const TEXT: Names<BetaTextBlockParam> = { cache_control: 0, citations: 0, text: 0, type: 0 };
const IMAGE: Names<BetaImageBlockParam> = { cache_control: 0, source: 0, transformations: 0, type: 0 };
const IMAGE_SOURCES: Values<BetaImageBlockParam["source"]["type"]> = { base64: 0, file: 0, url: 0 };
const DOCUMENT: Names<BetaRequestDocumentBlock> = {
  cache_control: 0,
  citations: 0,
  context: 0,
  source: 0,
  title: 0,
  type: 0,
};
const DOCUMENT_SOURCES: Values<BetaRequestDocumentBlock["source"]["type"]> = {
  base64: 0,
  content: 0,
  file: 0,
  text: 0,
  url: 0,
};
const DATA_SOURCE: Names<BetaBase64PDFSource | BetaPlainTextSource> = { data: 0, media_type: 0, type: 0 };
const CONTENT_SOURCE: Names<BetaContentBlockSource> = { content: 0, type: 0 };
const CONTENT_SOURCE_TYPES: Values<Items<BetaContentBlockSource["content"]>["type"]> = { image: 0, text: 0 };
const TOOL_USE: Names<BetaToolUseBlockParam> = {
  cache_control: 0,
  caller: 0,
  id: 0,
  input: 0,
  name: 0,
  toolset_name: 0,
  type: 0,
};
const TOOL_RESULT: Names<BetaToolResultBlockParam> = {
  cache_control: 0,
  content: 0,
  is_error: 0,
  tool_use_id: 0,
  toolset_name: 0,
  type: 0,
};
const RESULT_TYPES: Values<Items<NonNullable<BetaToolResultBlockParam["content"]>>["type"]> = {
  browser_state: 0,
  document: 0,
  image: 0,
  search_result: 0,
  text: 0,
  tool_reference: 0,
};
const THINKING_BLOCK: Names<BetaThinkingBlockParam> = { signature: 0, thinking: 0, type: 0 };
const REDACTED: Names<BetaRedactedThinkingBlockParam> = { data: 0, type: 0 };
const CACHE_CONTROL: Names<BetaCacheControlEphemeral> = { ttl: 0, type: 0 };
const TOOL_TYPES: Values<NonNullable<(ToolUnion | BetaToolUnion)["type"]>> = {
  advisor_20260301: 0,
  bash_20241022: 0,
  bash_20250124: 0,
  browser_toolset_20260801: 0,
  code_execution_20250522: 0,
  code_execution_20250825: 0,
  code_execution_20260120: 0,
  code_execution_20260521: 0,
  computer_20241022: 0,
  computer_20250124: 0,
  computer_20251124: 0,
  computer_toolset_20260801: 0,
  custom: 0,
  mcp_toolset: 0,
  memory_20250818: 0,
  text_editor_20241022: 0,
  text_editor_20250124: 0,
  text_editor_20250429: 0,
  text_editor_20250728: 0,
  tool_search_tool_bm25: 0,
  tool_search_tool_bm25_20251119: 0,
  tool_search_tool_regex: 0,
  tool_search_tool_regex_20251119: 0,
  web_fetch_20250910: 0,
  web_fetch_20260209: 0,
  web_fetch_20260309: 0,
  web_fetch_20260318: 0,
  web_search_20250305: 0,
  web_search_20260209: 0,
  web_search_20260318: 0,
};
const TOOL: Names<BetaTool> = {
  allowed_callers: 0,
  cache_control: 0,
  defer_loading: 0,
  description: 0,
  eager_input_streaming: 0,
  input_examples: 0,
  input_schema: 0,
  name: 0,
  strict: 0,
  type: 0,
};
const TOOL_CHOICE: Names<BetaToolChoiceTool> = { disable_parallel_tool_use: 0, name: 0, type: 0 };
const THINKING_TYPES: Values<BetaThinkingConfigParam["type"]> = {
  adaptive: 0,
  between_tools: 0,
  disabled: 0,
  enabled: 0,
};
const THINKING: Names<BetaThinkingConfigEnabled & BetaThinkingConfigAdaptive> = {
  block_binding: 0,
  budget_tokens: 0,
  display: 0,
  type: 0,
};
const OUTPUT_CONFIG: Names<BetaOutputConfig> = { effort: 0, format: 0, task_budget: 0 };
const OUTPUT_FORMAT: Names<BetaJSONOutputFormat> = { schema: 0, type: 0 };

const OFFICIAL: Record<string, object> = {
  "POST /v1/messages": REQUEST,
  messages: MESSAGE,
  "messages by role": ROLES,
  "content by type": BLOCK_TYPES,
  "content (text)": TEXT,
  "content (image)": IMAGE,
  "image source by type": IMAGE_SOURCES,
  "content (document)": DOCUMENT,
  "document source by type": DOCUMENT_SOURCES,
  "source (base64, text)": DATA_SOURCE,
  "source (content)": CONTENT_SOURCE,
  "source (content) by type": CONTENT_SOURCE_TYPES,
  "content (tool_use)": TOOL_USE,
  "content (tool_result)": TOOL_RESULT,
  "tool_result content by type": RESULT_TYPES,
  "content (thinking)": THINKING_BLOCK,
  "content (redacted_thinking)": REDACTED,
  cache_control: CACHE_CONTROL,
  "tools by type": TOOL_TYPES,
  "tools (custom)": TOOL,
  tool_choice: TOOL_CHOICE,
  "thinking by type": THINKING_TYPES,
  thinking: THINKING,
  output_config: OUTPUT_CONFIG,
  "output_config.format": OUTPUT_FORMAT,
};

it.each(Object.entries(OFFICIAL))(
  "%s: every name in the SDK is mapped, ignored or refused",
  (title, official) => {
    const decided = Object.keys(SUPPORT[title] ?? {});
    expect(Object.keys(official).filter((name) => !decided.includes(name))).toEqual([]);
  },
);

it("every table is compared with the SDK", () => {
  expect(Object.keys(SUPPORT)).toEqual(Object.keys(OFFICIAL));
});
