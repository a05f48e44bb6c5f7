/**
 * How each field of the Responses API is handled. The readers refuse by these tables, and docs/protocols.md is
 * generated from them. Source: the types of the `openai` package.
 */
import type { SupportTable } from "../../fields.ts";

const NO_COUNTERPART = "Bedrock has no counterpart.";
const STATELESS = "nothing is stored between calls: send the conversation as input.";
const NO_FILES = "no files are stored here: send the data as file_data.";
const NOTHING_FETCHED = "nothing is fetched: send the data as file_data.";
const BY_OPENAI = "OpenAI runs this tool itself; Bedrock has no counterpart.";
const FUNCTIONS_ONLY = "Bedrock supports only tools with a JSON schema: use a function.";
const NOT_AN_INPUT = "it describes how an answer was produced.";
const ADDED_BY_SDK = "OpenAI's SDK adds it to parsed answers.";

export const REQUEST: SupportTable = {
  model: "mapped",
  input: "mapped",
  instructions: "mapped",
  max_output_tokens: "mapped",
  temperature: "mapped",
  top_p: "mapped",
  stream: "mapped",
  stream_options: "mapped",
  tools: "mapped",
  tool_choice: "mapped",
  text: "mapped",
  reasoning: "mapped",
  service_tier: "mapped",
  prompt_cache_options: "mapped",
  include: "mapped",
  metadata: "mapped",
  user: { ignored: "the key identifies the caller." },
  safety_identifier: { ignored: "the key identifies the caller." },
  prompt_cache_key: { ignored: "Bedrock finds cached prefixes by itself." },
  prompt_cache_retention: { ignored: "Bedrock keeps a cached prefix for five minutes or an hour." },
  store: { refused: "nothing is stored: answers can't be fetched later.", harmless: [false] },
  background: { refused: "nothing is stored: answers can't be fetched later.", harmless: [false] },
  previous_response_id: { refused: STATELESS },
  conversation: { refused: STATELESS },
  prompt: { refused: "no prompts are stored here." },
  context_management: { refused: STATELESS, harmless: [[]] },
  truncation: { refused: "the input is never cut.", harmless: ["disabled"] },
  parallel_tool_calls: { refused: "Converse can't be limited to one call at a time.", harmless: [true] },
  max_tool_calls: { refused: "it limits calls of tools that OpenAI runs itself." },
  top_logprobs: { refused: NO_COUNTERPART, harmless: [0] },
  moderation: { refused: NO_COUNTERPART },
  access_programs: { refused: NO_COUNTERPART },
  image: {
    refused: NO_COUNTERPART,
    harmless: [{ context_compression: "auto" }, { context_compression: "disabled" }],
  },
};

export const STREAM_OPTIONS: SupportTable = { include_obfuscation: { ignored: "nothing is padded." } };

export const TEXT: SupportTable = {
  format: "mapped",
  verbosity: { refused: NO_COUNTERPART, harmless: ["medium"] },
};

/** `text.format` by its `type`. */
export const FORMAT_TYPES: SupportTable = {
  text: "mapped",
  json_schema: "mapped",
  json_object: { refused: "Bedrock needs a JSON schema: use json_schema." },
};

export const FORMAT: SupportTable = {
  type: "mapped",
  name: "mapped",
  description: "mapped",
  schema: "mapped",
  strict: { ignored: "Bedrock always follows the schema." },
};

export const REASONING: SupportTable = {
  effort: "mapped",
  summary: "mapped",
  generate_summary: "mapped",
  context: { refused: "reasoning is passed to the model unchanged.", harmless: ["auto"] },
  mode: { refused: NO_COUNTERPART, harmless: ["standard"] },
};

export const PROMPT_CACHE_OPTIONS: SupportTable = {
  mode: "mapped",
  ttl: "mapped",
  comparison_response_id: { refused: STATELESS },
  prewarm: { refused: NO_COUNTERPART, harmless: [false] },
};

export const PROMPT_CACHE_BREAKPOINT: SupportTable = { mode: "mapped", ttl: "mapped" };

/** `include` by its values. */
export const INCLUDABLE: SupportTable = {
  "reasoning.encrypted_content": "mapped",
  "file_search_call.results": { refused: BY_OPENAI },
  "web_search_call.results": { refused: BY_OPENAI },
  "web_search_call.action.sources": { refused: BY_OPENAI },
  "code_interpreter_call.outputs": { refused: BY_OPENAI },
  "computer_call_output.output.image_url": { refused: BY_OPENAI },
  "message.input_image.image_url": { refused: STATELESS },
  "message.output_text.logprobs": { refused: NO_COUNTERPART },
};

/** Items of `input` by their `type`. */
export const ITEM_TYPES: SupportTable = {
  message: "mapped",
  function_call: "mapped",
  function_call_output: "mapped",
  reasoning: "mapped",
  item_reference: { refused: "nothing is stored between calls: send the item itself." },
  configuration_update: { refused: "settings can't change in the middle of a conversation." },
  compaction: { refused: STATELESS },
  compaction_trigger: { refused: STATELESS },
  additional_tools: { refused: "send them as tools." },
  custom_tool_call: { refused: FUNCTIONS_ONLY },
  custom_tool_call_output: { refused: FUNCTIONS_ONLY },
  local_shell_call: { refused: FUNCTIONS_ONLY },
  local_shell_call_output: { refused: FUNCTIONS_ONLY },
  shell_call: { refused: FUNCTIONS_ONLY },
  shell_call_output: { refused: FUNCTIONS_ONLY },
  apply_patch_call: { refused: FUNCTIONS_ONLY },
  apply_patch_call_output: { refused: FUNCTIONS_ONLY },
  computer_call: { refused: FUNCTIONS_ONLY },
  computer_call_output: { refused: FUNCTIONS_ONLY },
  file_search_call: { refused: BY_OPENAI },
  web_search_call: { refused: BY_OPENAI },
  tool_search_call: { refused: BY_OPENAI },
  tool_search_output: { refused: BY_OPENAI },
  image_generation_call: { refused: BY_OPENAI },
  code_interpreter_call: { refused: BY_OPENAI },
  mcp_list_tools: { refused: BY_OPENAI },
  mcp_approval_request: { refused: BY_OPENAI },
  mcp_approval_response: { refused: BY_OPENAI },
  mcp_call: { refused: BY_OPENAI },
  program: { refused: BY_OPENAI },
  program_output: { refused: BY_OPENAI },
};

export const MESSAGE: SupportTable = {
  type: "mapped",
  role: "mapped",
  content: "mapped",
  id: { ignored: NOT_AN_INPUT },
  status: { ignored: NOT_AN_INPUT },
  phase: { ignored: "Converse has no phases." },
};

export const FUNCTION_CALL: SupportTable = {
  type: "mapped",
  call_id: "mapped",
  name: "mapped",
  arguments: "mapped",
  id: { ignored: NOT_AN_INPUT },
  status: { ignored: NOT_AN_INPUT },
  async: { refused: NO_COUNTERPART, harmless: [false] },
  caller: { refused: BY_OPENAI, harmless: [{ type: "direct" }] },
  namespace: { refused: NO_COUNTERPART },
  parsed_arguments: { ignored: ADDED_BY_SDK },
};

export const FUNCTION_CALL_OUTPUT: SupportTable = {
  type: "mapped",
  call_id: "mapped",
  output: "mapped",
  id: { ignored: NOT_AN_INPUT },
  status: { ignored: NOT_AN_INPUT },
  name: { ignored: "call_id identifies the call." },
  caller: { refused: BY_OPENAI, harmless: [{ type: "direct" }] },
  namespace: { refused: NO_COUNTERPART },
};

export const REASONING_ITEM: SupportTable = {
  type: "mapped",
  encrypted_content: "mapped",
  summary: { ignored: "encrypted_content has all of the reasoning." },
  content: { ignored: "encrypted_content has all of the reasoning." },
  id: { ignored: NOT_AN_INPUT },
  status: { ignored: NOT_AN_INPUT },
};

export const INPUT_TEXT: SupportTable = {
  type: "mapped",
  text: "mapped",
  prompt_cache_breakpoint: "mapped",
};

export const INPUT_IMAGE: SupportTable = {
  type: "mapped",
  image_url: "mapped",
  detail: { ignored: "the model chooses the resolution." },
  file_id: { refused: "no files are stored here: send the image as image_url with a data URL." },
  prompt_cache_breakpoint: "mapped",
};

export const INPUT_FILE: SupportTable = {
  type: "mapped",
  file_data: "mapped",
  filename: "mapped",
  detail: { ignored: "the model chooses the resolution." },
  file_id: { refused: NO_FILES },
  file_url: { refused: NOTHING_FETCHED },
  prompt_cache_breakpoint: "mapped",
};

export const OUTPUT_TEXT: SupportTable = {
  type: "mapped",
  text: "mapped",
  annotations: { ignored: NOT_AN_INPUT },
  logprobs: { ignored: NOT_AN_INPUT },
  parsed: { ignored: ADDED_BY_SDK },
};

export const REFUSAL: SupportTable = {
  type: "mapped",
  refusal: "mapped",
  parsed: { ignored: ADDED_BY_SDK },
};

/** `tools` by their `type`. */
export const TOOL_TYPES: SupportTable = {
  function: "mapped",
  custom: { refused: FUNCTIONS_ONLY },
  namespace: { refused: NO_COUNTERPART },
  local_shell: { refused: FUNCTIONS_ONLY },
  shell: { refused: FUNCTIONS_ONLY },
  apply_patch: { refused: FUNCTIONS_ONLY },
  computer: { refused: FUNCTIONS_ONLY },
  computer_use_preview: { refused: FUNCTIONS_ONLY },
  file_search: { refused: BY_OPENAI },
  web_search: { refused: BY_OPENAI },
  web_search_2025_08_26: { refused: BY_OPENAI },
  web_search_preview: { refused: BY_OPENAI },
  web_search_preview_2025_03_11: { refused: BY_OPENAI },
  tool_search: { refused: BY_OPENAI },
  image_generation: { refused: BY_OPENAI },
  code_interpreter: { refused: BY_OPENAI },
  programmatic_tool_calling: { refused: BY_OPENAI },
  mcp: { refused: BY_OPENAI },
};

export const FUNCTION: SupportTable = {
  type: "mapped",
  name: "mapped",
  description: "mapped",
  parameters: "mapped",
  strict: "mapped",
  async: { refused: NO_COUNTERPART, harmless: [false] },
  allowed_callers: { refused: BY_OPENAI, harmless: [["direct"]] },
  defer_loading: { refused: BY_OPENAI, harmless: [false] },
  output_schema: { refused: NO_COUNTERPART },
};

/** `tool_choice` by its `type`, if it is an object. */
export const CHOICE_TYPES: SupportTable = {
  ...TOOL_TYPES,
  computer_use: { refused: FUNCTIONS_ONLY },
  allowed_tools: "mapped",
};

export const CHOICE: SupportTable = { type: "mapped", name: "mapped" };

export const ALLOWED_TOOLS: SupportTable = { type: "mapped", mode: "mapped", tools: "mapped" };

/** By its title in the documentation. */
export const SUPPORT: Record<string, SupportTable> = {
  "POST /v1/responses": REQUEST,
  stream_options: STREAM_OPTIONS,
  text: TEXT,
  "text.format by type": FORMAT_TYPES,
  "text.format (json_schema)": FORMAT,
  reasoning: REASONING,
  prompt_cache_options: PROMPT_CACHE_OPTIONS,
  prompt_cache_breakpoint: PROMPT_CACHE_BREAKPOINT,
  "include by value": INCLUDABLE,
  "input items by type": ITEM_TYPES,
  "input (message)": MESSAGE,
  "input (function_call)": FUNCTION_CALL,
  "input (function_call_output)": FUNCTION_CALL_OUTPUT,
  "input (reasoning)": REASONING_ITEM,
  input_text: INPUT_TEXT,
  input_image: INPUT_IMAGE,
  input_file: INPUT_FILE,
  output_text: OUTPUT_TEXT,
  refusal: REFUSAL,
  "tools by type": TOOL_TYPES,
  "tools (function)": FUNCTION,
  "tool_choice by type": CHOICE_TYPES,
  "tool_choice (function)": CHOICE,
  "tool_choice (allowed_tools)": ALLOWED_TOOLS,
};
