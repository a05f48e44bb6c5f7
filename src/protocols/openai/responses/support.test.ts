/** The tables against the SDK's types: a field that OpenAI adds fails the type check here until a table has it. */
import type { Reasoning } from "openai/resources/shared";
import type {
  EasyInputMessage,
  FunctionTool,
  ResponseCreateParamsBase,
  ResponseCreateParamsStreaming,
  ResponseFormatTextJSONSchemaConfig,
  ResponseFunctionToolCall,
  ResponseIncludable,
  ResponseInputFile,
  ResponseInputImage,
  ResponseInputItem,
  ResponseInputText,
  ResponseOutputMessage,
  ResponseOutputRefusal,
  ResponseOutputText,
  ResponseReasoningItem,
  ResponseTextConfig,
  Tool,
  ToolChoiceAllowed,
  ToolChoiceFunction,
} from "openai/resources/responses/responses";
import { expect, it } from "vitest";
import { SUPPORT } from "./support.ts";

/** Every name of `T` once, else it is a type error. */
type Names<T> = Record<keyof T, 0>;
type Values<T extends string> = Record<T, 0>;

const REQUEST: Names<ResponseCreateParamsBase> = {
  access_programs: 0,
  background: 0,
  context_management: 0,
  conversation: 0,
  image: 0,
  include: 0,
  input: 0,
  instructions: 0,
  max_output_tokens: 0,
  max_tool_calls: 0,
  metadata: 0,
  model: 0,
  moderation: 0,
  parallel_tool_calls: 0,
  previous_response_id: 0,
  prompt: 0,
  prompt_cache_key: 0,
  prompt_cache_options: 0,
  prompt_cache_retention: 0,
  reasoning: 0,
  safety_identifier: 0,
  service_tier: 0,
  store: 0,
  stream: 0,
  stream_options: 0,
  temperature: 0,
  text: 0,
  tool_choice: 0,
  tools: 0,
  top_logprobs: 0,
  top_p: 0,
  truncation: 0,
  user: 0,
};

const STREAM_OPTIONS: Names<NonNullable<ResponseCreateParamsStreaming["stream_options"]>> = {
  include_obfuscation: 0,
};
const PROMPT_CACHE_OPTIONS: Names<NonNullable<ResponseCreateParamsBase["prompt_cache_options"]>> = {
  comparison_response_id: 0,
  mode: 0,
  prewarm: 0,
  ttl: 0,
};
const TEXT: Names<ResponseTextConfig> = { format: 0, verbosity: 0 };
const FORMAT_TYPES: Values<NonNullable<ResponseTextConfig["format"]>["type"]> = {
  text: 0,
  json_schema: 0,
  json_object: 0,
};
const FORMAT: Names<ResponseFormatTextJSONSchemaConfig> = {
  name: 0,
  schema: 0,
  type: 0,
  description: 0,
  strict: 0,
};
const REASONING: Names<Reasoning> = { context: 0, effort: 0, generate_summary: 0, mode: 0, summary: 0 };
const INCLUDABLE: Values<ResponseIncludable> = {
  "file_search_call.results": 0,
  "web_search_call.results": 0,
  "web_search_call.action.sources": 0,
  "message.input_image.image_url": 0,
  "computer_call_output.output.image_url": 0,
  "code_interpreter_call.outputs": 0,
  "reasoning.encrypted_content": 0,
  "message.output_text.logprobs": 0,
};
const ITEM_TYPES: Values<NonNullable<ResponseInputItem["type"]>> = {
  message: 0,
  file_search_call: 0,
  computer_call: 0,
  computer_call_output: 0,
  web_search_call: 0,
  function_call: 0,
  function_call_output: 0,
  tool_search_call: 0,
  tool_search_output: 0,
  additional_tools: 0,
  configuration_update: 0,
  reasoning: 0,
  compaction: 0,
  compaction_trigger: 0,
  image_generation_call: 0,
  code_interpreter_call: 0,
  local_shell_call: 0,
  local_shell_call_output: 0,
  shell_call: 0,
  shell_call_output: 0,
  apply_patch_call: 0,
  apply_patch_call_output: 0,
  mcp_list_tools: 0,
  mcp_approval_request: 0,
  mcp_approval_response: 0,
  mcp_call: 0,
  custom_tool_call: 0,
  custom_tool_call_output: 0,
  item_reference: 0,
  program: 0,
  program_output: 0,
};
const MESSAGE: Names<EasyInputMessage & ResponseOutputMessage> = {
  content: 0,
  role: 0,
  phase: 0,
  type: 0,
  id: 0,
  status: 0,
};
const FUNCTION_CALL: Names<ResponseFunctionToolCall> = {
  arguments: 0,
  call_id: 0,
  name: 0,
  type: 0,
  id: 0,
  async: 0,
  caller: 0,
  namespace: 0,
  status: 0,
};
const FUNCTION_CALL_OUTPUT: Names<ResponseInputItem.FunctionCallOutput> = {
  output: 0,
  type: 0,
  id: 0,
  call_id: 0,
  caller: 0,
  name: 0,
  namespace: 0,
  status: 0,
};
const REASONING_ITEM: Names<ResponseReasoningItem> = {
  id: 0,
  summary: 0,
  type: 0,
  content: 0,
  encrypted_content: 0,
  status: 0,
};
const INPUT_TEXT: Names<ResponseInputText> = { text: 0, type: 0, prompt_cache_breakpoint: 0 };
const INPUT_IMAGE: Names<ResponseInputImage> = {
  detail: 0,
  type: 0,
  file_id: 0,
  image_url: 0,
  prompt_cache_breakpoint: 0,
};
const INPUT_FILE: Names<ResponseInputFile> = {
  type: 0,
  detail: 0,
  file_data: 0,
  file_id: 0,
  file_url: 0,
  filename: 0,
  prompt_cache_breakpoint: 0,
};
const PROMPT_CACHE_BREAKPOINT: Names<ResponseInputText.PromptCacheBreakpoint> = { mode: 0, ttl: 0 };
const OUTPUT_TEXT: Names<ResponseOutputText> = { annotations: 0, text: 0, type: 0, logprobs: 0 };
const REFUSAL: Names<ResponseOutputRefusal> = { refusal: 0, type: 0 };
const TOOL_TYPES: Values<Tool["type"]> = {
  function: 0,
  file_search: 0,
  computer: 0,
  computer_use_preview: 0,
  web_search: 0,
  web_search_2025_08_26: 0,
  mcp: 0,
  code_interpreter: 0,
  programmatic_tool_calling: 0,
  image_generation: 0,
  local_shell: 0,
  shell: 0,
  custom: 0,
  namespace: 0,
  tool_search: 0,
  web_search_preview: 0,
  web_search_preview_2025_03_11: 0,
  apply_patch: 0,
};
const FUNCTION: Names<FunctionTool> = {
  name: 0,
  parameters: 0,
  strict: 0,
  type: 0,
  allowed_callers: 0,
  async: 0,
  defer_loading: 0,
  description: 0,
  output_schema: 0,
};
const CHOICE_TYPES: Values<Exclude<NonNullable<ResponseCreateParamsBase["tool_choice"]>, string>["type"]> = {
  allowed_tools: 0,
  file_search: 0,
  web_search_preview: 0,
  computer: 0,
  computer_use_preview: 0,
  computer_use: 0,
  web_search_preview_2025_03_11: 0,
  image_generation: 0,
  code_interpreter: 0,
  mcp: 0,
  function: 0,
  custom: 0,
  programmatic_tool_calling: 0,
  apply_patch: 0,
  shell: 0,
};
const CHOICE: Names<ToolChoiceFunction> = { name: 0, type: 0 };
const ALLOWED_TOOLS: Names<ToolChoiceAllowed> = { mode: 0, tools: 0, type: 0 };

const OFFICIAL: Record<string, object> = {
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
