/**
 * How each field of Anthropic's requests is handled for models of other vendors, which are called through Converse.
 * For Claude everything is passed. Source: the types of the `@anthropic-ai/sdk` package.
 */
import type { SupportTable } from "../fields.ts";

const NO_COUNTERPART = "Converse has no counterpart.";
const STATELESS = "nothing is stored between calls.";
const NO_SERVER_TOOLS = "Bedrock doesn't run Anthropic's tools.";
const CUSTOM_ONLY = "other vendors' models support only tools with a JSON schema: use a custom tool.";
const NOTHING_FETCHED = "nothing is fetched and no files are stored: send the data as base64.";
const FIXED_SETTINGS = "settings can't change in the middle of a conversation: use system, tools and so on.";

export const MESSAGES: SupportTable = {
  model: "mapped",
  messages: "mapped",
  max_tokens: "mapped",
  system: "mapped",
  stop_sequences: "mapped",
  stream: "mapped",
  temperature: "mapped",
  top_p: "mapped",
  tools: "mapped",
  tool_choice: "mapped",
  thinking: "mapped",
  output_config: "mapped",
  output_format: "mapped",
  metadata: { ignored: "the key identifies the caller." },
  service_tier: { refused: "Bedrock has its own tiers.", harmless: ["auto", "standard_only"] },
  betas: { ignored: "only for Claude." },
  anthropic_beta: { ignored: "only for Claude." },
  anthropic_version: { ignored: "only for Claude." },
  user_profile_id: { ignored: "the key identifies the caller." },
  workspace_id: { ignored: "the key identifies the caller." },
  speed: { refused: NO_COUNTERPART, harmless: ["standard"] },
  top_k: { refused: NO_COUNTERPART },
  cache_control: "mapped",
  container: { refused: STATELESS },
  thread: { refused: STATELESS },
  context_management: { refused: NO_COUNTERPART, harmless: [{ edits: [] }] },
  compaction: { refused: NO_COUNTERPART },
  mcp_servers: { refused: NO_SERVER_TOOLS, harmless: [[]] },
  diagnostics: { refused: NO_COUNTERPART },
  fallbacks: { refused: NO_COUNTERPART },
  fallback_credit_token: { refused: NO_COUNTERPART },
  billing_policy: { refused: NO_COUNTERPART },
  inference_geo: { refused: "the model's profile decides where it runs." },
};

export const MESSAGE: SupportTable = { role: "mapped", content: "mapped" };

/** Messages by their `role`. */
export const ROLES: SupportTable = {
  user: "mapped",
  assistant: "mapped",
  system: { refused: FIXED_SETTINGS },
};

export const CACHE_CONTROL: SupportTable = { type: "mapped", ttl: "mapped" };

/** Blocks of a message's content by their `type`. */
export const BLOCK_TYPES: SupportTable = {
  text: "mapped",
  image: "mapped",
  document: "mapped",
  tool_use: "mapped",
  tool_result: "mapped",
  thinking: "mapped",
  redacted_thinking: "mapped",
  search_result: { refused: "send it as text or as a document." },
  container_upload: { refused: STATELESS },
  compaction: { refused: NO_COUNTERPART },
  fallback: { refused: NO_COUNTERPART },
  tool_addition: { refused: FIXED_SETTINGS },
  tool_removal: { refused: FIXED_SETTINGS },
  server_tool_use: { refused: NO_SERVER_TOOLS },
  web_search_tool_result: { refused: NO_SERVER_TOOLS },
  web_fetch_tool_result: { refused: NO_SERVER_TOOLS },
  code_execution_tool_result: { refused: NO_SERVER_TOOLS },
  bash_code_execution_tool_result: { refused: NO_SERVER_TOOLS },
  text_editor_code_execution_tool_result: { refused: NO_SERVER_TOOLS },
  tool_search_tool_result: { refused: NO_SERVER_TOOLS },
  advisor_tool_result: { refused: NO_SERVER_TOOLS },
  mcp_tool_use: { refused: NO_SERVER_TOOLS },
  mcp_tool_result: { refused: NO_SERVER_TOOLS },
  mcp_tool_listing: { refused: NO_SERVER_TOOLS },
};

/** Blocks of a tool result's content by their `type`. */
export const RESULT_TYPES: SupportTable = {
  text: "mapped",
  image: "mapped",
  document: "mapped",
  search_result: { refused: "send it as text or as a document." },
  tool_reference: { refused: NO_SERVER_TOOLS },
  browser_state: { refused: CUSTOM_ONLY },
};

const CACHED: SupportTable = { type: "mapped", cache_control: "mapped" };

export const TEXT: SupportTable = {
  ...CACHED,
  text: "mapped",
  citations: { ignored: "only for answers." },
};

export const IMAGE: SupportTable = {
  ...CACHED,
  source: "mapped",
  transformations: { refused: NO_COUNTERPART },
};

export const DOCUMENT: SupportTable = {
  ...CACHED,
  source: "mapped",
  title: "mapped",
  context: "mapped",
  citations: { refused: "citations are not translated.", harmless: [{ enabled: false }, {}] },
};

/** Sources of images by their `type`. */
export const IMAGE_SOURCE_TYPES: SupportTable = {
  base64: "mapped",
  url: { refused: NOTHING_FETCHED },
  file: { refused: NOTHING_FETCHED },
};

/** Sources of documents by their `type`. */
export const DOCUMENT_SOURCE_TYPES: SupportTable = {
  ...IMAGE_SOURCE_TYPES,
  text: "mapped",
  content: "mapped",
};

/** Blocks of a document's content by their `type`. */
export const DOCUMENT_CONTENT_TYPES: SupportTable = {
  text: "mapped",
  image: { refused: "a document can contain only text here: send the image separately." },
};

export const DATA_SOURCE: SupportTable = { type: "mapped", media_type: "mapped", data: "mapped" };

export const CONTENT_SOURCE: SupportTable = { type: "mapped", content: "mapped" };

export const TOOL_USE: SupportTable = {
  ...CACHED,
  id: "mapped",
  name: "mapped",
  input: "mapped",
  caller: { ignored: "with Converse, only the model makes calls." },
  toolset_name: { refused: NO_SERVER_TOOLS },
};

export const TOOL_RESULT: SupportTable = {
  ...CACHED,
  tool_use_id: "mapped",
  content: "mapped",
  is_error: "mapped",
  toolset_name: { refused: NO_SERVER_TOOLS },
};

export const THINKING: SupportTable = { type: "mapped", thinking: "mapped", signature: "mapped" };

export const REDACTED: SupportTable = { type: "mapped", data: "mapped" };

export const TOOL: SupportTable = {
  ...CACHED,
  name: "mapped",
  description: "mapped",
  input_schema: "mapped",
  strict: "mapped",
  eager_input_streaming: { ignored: "other vendors' models decide how they stream." },
  input_examples: { refused: NO_COUNTERPART },
  allowed_callers: { refused: NO_SERVER_TOOLS, harmless: [["direct"]] },
  defer_loading: { refused: NO_SERVER_TOOLS, harmless: [false] },
};

/** Tools by their `type`; one without is custom. */
export const TOOL_TYPES: SupportTable = {
  custom: "mapped",
  bash_20241022: { refused: CUSTOM_ONLY },
  bash_20250124: { refused: CUSTOM_ONLY },
  browser_toolset_20260801: { refused: CUSTOM_ONLY },
  computer_20241022: { refused: CUSTOM_ONLY },
  computer_20250124: { refused: CUSTOM_ONLY },
  computer_20251124: { refused: CUSTOM_ONLY },
  computer_toolset_20260801: { refused: CUSTOM_ONLY },
  memory_20250818: { refused: CUSTOM_ONLY },
  text_editor_20241022: { refused: CUSTOM_ONLY },
  text_editor_20250124: { refused: CUSTOM_ONLY },
  text_editor_20250429: { refused: CUSTOM_ONLY },
  text_editor_20250728: { refused: CUSTOM_ONLY },
  advisor_20260301: { refused: NO_SERVER_TOOLS },
  code_execution_20250522: { refused: NO_SERVER_TOOLS },
  code_execution_20250825: { refused: NO_SERVER_TOOLS },
  code_execution_20260120: { refused: NO_SERVER_TOOLS },
  code_execution_20260521: { refused: NO_SERVER_TOOLS },
  mcp_toolset: { refused: NO_SERVER_TOOLS },
  tool_search_tool_bm25: { refused: NO_SERVER_TOOLS },
  tool_search_tool_bm25_20251119: { refused: NO_SERVER_TOOLS },
  tool_search_tool_regex: { refused: NO_SERVER_TOOLS },
  tool_search_tool_regex_20251119: { refused: NO_SERVER_TOOLS },
  web_fetch_20250910: { refused: NO_SERVER_TOOLS },
  web_fetch_20260209: { refused: NO_SERVER_TOOLS },
  web_fetch_20260309: { refused: NO_SERVER_TOOLS },
  web_fetch_20260318: { refused: NO_SERVER_TOOLS },
  web_search_20250305: { refused: NO_SERVER_TOOLS },
  web_search_20260209: { refused: NO_SERVER_TOOLS },
  web_search_20260318: { refused: NO_SERVER_TOOLS },
};

export const TOOL_CHOICE: SupportTable = {
  type: "mapped",
  name: "mapped",
  disable_parallel_tool_use: {
    refused: "Converse can't be limited to one call at a time.",
    harmless: [false],
  },
};

export const THINKING_CONFIG: SupportTable = {
  type: "mapped",
  budget_tokens: "mapped",
  display: { refused: "the reasoning that the model returns is always shown.", harmless: ["summarized"] },
  block_binding: { refused: NO_COUNTERPART, harmless: [{}] },
};

/** `thinking` by its `type`. */
export const THINKING_TYPES: SupportTable = {
  enabled: "mapped",
  disabled: "mapped",
  adaptive: "mapped",
  between_tools: { refused: NO_COUNTERPART },
};

export const OUTPUT_CONFIG: SupportTable = {
  effort: "mapped",
  format: "mapped",
  task_budget: { refused: NO_COUNTERPART },
};

export const OUTPUT_FORMAT: SupportTable = { type: "mapped", schema: "mapped" };

/** By its title in the documentation. */
export const SUPPORT: Record<string, SupportTable> = {
  "POST /v1/messages": MESSAGES,
  messages: MESSAGE,
  "messages by role": ROLES,
  "content by type": BLOCK_TYPES,
  "content (text)": TEXT,
  "content (image)": IMAGE,
  "image source by type": IMAGE_SOURCE_TYPES,
  "content (document)": DOCUMENT,
  "document source by type": DOCUMENT_SOURCE_TYPES,
  "source (base64, text)": DATA_SOURCE,
  "source (content)": CONTENT_SOURCE,
  "source (content) by type": DOCUMENT_CONTENT_TYPES,
  "content (tool_use)": TOOL_USE,
  "content (tool_result)": TOOL_RESULT,
  "tool_result content by type": RESULT_TYPES,
  "content (thinking)": THINKING,
  "content (redacted_thinking)": REDACTED,
  cache_control: CACHE_CONTROL,
  "tools by type": TOOL_TYPES,
  "tools (custom)": TOOL,
  tool_choice: TOOL_CHOICE,
  "thinking by type": THINKING_TYPES,
  thinking: THINKING_CONFIG,
  output_config: OUTPUT_CONFIG,
  "output_config.format": OUTPUT_FORMAT,
};
