/**
 * What becomes of each field of Anthropic's requests for models of other vendors, which are called through Converse.
 * For Claude everything is passed. Source: the types of the `@anthropic-ai/sdk` package.
 */
import type { SupportTable } from "../fields.ts";

const NO_COUNTERPART = "Converse has no counterpart.";
const STATELESS = "nothing is kept from call to call.";
const NO_SERVER_TOOLS = "Bedrock runs no tools of Anthropic's.";

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
  metadata: { ignored: "the key says who calls." },
  service_tier: { ignored: "Bedrock has tiers of its own." },
  betas: { ignored: "they are Claude's." },
  anthropic_beta: { ignored: "they are Claude's." },
  anthropic_version: { ignored: "it is Claude's." },
  user_profile_id: { ignored: "the key says who calls." },
  workspace_id: { ignored: "the key says who calls." },
  speed: { refused: NO_COUNTERPART, harmless: ["standard"] },
  top_k: { refused: NO_COUNTERPART },
  cache_control: { refused: "mark the blocks to be cached instead." },
  container: { refused: STATELESS },
  thread: { refused: STATELESS },
  context_management: { refused: NO_COUNTERPART },
  compaction: { refused: NO_COUNTERPART },
  mcp_servers: { refused: NO_SERVER_TOOLS, harmless: [[]] },
  diagnostics: { refused: NO_COUNTERPART },
  fallbacks: { refused: NO_COUNTERPART },
  fallback_credit_token: { refused: NO_COUNTERPART },
  billing_policy: { refused: NO_COUNTERPART },
  inference_geo: { refused: "the model's profile says where it runs." },
};

export const MESSAGE: SupportTable = { role: "mapped", content: "mapped" };

const CACHED: SupportTable = { type: "mapped", cache_control: "mapped" };

export const TEXT: SupportTable = {
  ...CACHED,
  text: "mapped",
  citations: { ignored: "they are part of an answer, not of a question." },
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
  citations: { refused: "answers through Converse have no place for them.", harmless: [{ enabled: false }] },
};

export const TOOL_USE: SupportTable = {
  ...CACHED,
  id: "mapped",
  name: "mapped",
  input: "mapped",
  caller: { ignored: "Converse's calls all come from the model." },
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
  eager_input_streaming: { ignored: "models of other vendors stream as they do." },
  input_examples: { refused: NO_COUNTERPART },
  allowed_callers: { refused: NO_SERVER_TOOLS, harmless: [["direct"]] },
  defer_loading: { refused: NO_SERVER_TOOLS, harmless: [false] },
};

export const TOOL_CHOICE: SupportTable = {
  type: "mapped",
  name: "mapped",
  disable_parallel_tool_use: {
    refused: "Converse can't be told to make one call at a time.",
    harmless: [false],
  },
};

export const THINKING_CONFIG: SupportTable = {
  type: "mapped",
  budget_tokens: "mapped",
  display: { ignored: "Bedrock decides what is shown." },
};

export const OUTPUT_CONFIG: SupportTable = {
  effort: "mapped",
  format: "mapped",
  task_budget: { refused: NO_COUNTERPART },
};

export const OUTPUT_FORMAT: SupportTable = { type: "mapped", schema: "mapped" };

/** By the title that a reader of the documentation knows. */
export const SUPPORT: Record<string, SupportTable> = {
  "POST /v1/messages": MESSAGES,
  messages: MESSAGE,
  "text blocks": TEXT,
  "image blocks": IMAGE,
  "document blocks": DOCUMENT,
  "tool_use blocks": TOOL_USE,
  "tool_result blocks": TOOL_RESULT,
  "thinking blocks": THINKING,
  "redacted_thinking blocks": REDACTED,
  tools: TOOL,
  tool_choice: TOOL_CHOICE,
  thinking: THINKING_CONFIG,
  output_config: OUTPUT_CONFIG,
  "output_config.format": OUTPUT_FORMAT,
};
