/**
 * How each field of OpenAI's requests is handled. The readers refuse by these tables, and docs/protocols.md is
 * generated from them. Source: the types of the `openai` package.
 */
import type { SupportTable } from "../fields.ts";

const NO_COUNTERPART = "Bedrock has no counterpart.";
const STATELESS = "nothing is stored between calls.";

export const CHAT: SupportTable = {
  model: "mapped",
  messages: "mapped",
  max_completion_tokens: "mapped",
  max_tokens: "mapped",
  temperature: "mapped",
  top_p: "mapped",
  stop: "mapped",
  stream: "mapped",
  stream_options: "mapped",
  tools: "mapped",
  tool_choice: "mapped",
  response_format: "mapped",
  reasoning_effort: "mapped",
  service_tier: "mapped",
  prompt_cache_options: "mapped",
  seed: { ignored: "sampling can't be seeded." },
  user: { ignored: "the key identifies the caller." },
  safety_identifier: { ignored: "the key identifies the caller." },
  metadata: { ignored: STATELESS },
  store: { ignored: STATELESS },
  prompt_cache_key: { ignored: "Bedrock finds cached prefixes by itself." },
  prompt_cache_retention: { ignored: "Bedrock keeps a cached prefix for five minutes or an hour." },
  n: { refused: "Bedrock gives one answer per call.", harmless: [1] },
  parallel_tool_calls: { refused: "Converse can't be limited to one call at a time.", harmless: [true] },
  frequency_penalty: { refused: NO_COUNTERPART, harmless: [0] },
  presence_penalty: { refused: NO_COUNTERPART, harmless: [0] },
  logit_bias: { refused: NO_COUNTERPART, harmless: [{}] },
  logprobs: { refused: NO_COUNTERPART, harmless: [false] },
  top_logprobs: { refused: NO_COUNTERPART, harmless: [0] },
  modalities: { refused: "answers are text only.", harmless: [["text"]] },
  verbosity: { refused: NO_COUNTERPART, harmless: ["medium"] },
  audio: { refused: "answers are text only." },
  prediction: { refused: NO_COUNTERPART },
  moderation: { refused: NO_COUNTERPART },
  web_search_options: { refused: NO_COUNTERPART },
  functions: { refused: "use tools." },
  function_call: { refused: "use tool_choice." },
};

export const STREAM_OPTIONS: SupportTable = {
  include_usage: "mapped",
  include_obfuscation: { ignored: "nothing is padded." },
};

export const USER_MESSAGE: SupportTable = {
  role: "mapped",
  content: "mapped",
  name: { ignored: "Converse has only roles." },
};

export const ASSISTANT_MESSAGE: SupportTable = {
  ...USER_MESSAGE,
  tool_calls: "mapped",
  refusal: "mapped",
  reasoning_details: "mapped",
  reasoning_content: { ignored: "reasoning comes back in reasoning_details, with its signature." },
  parsed: { ignored: "the SDK adds it for the application." },
  annotations: { ignored: "only for answers." },
  audio: { refused: "Bedrock stores no audio." },
  function_call: { refused: "use tool_calls." },
};

export const TOOL_MESSAGE: SupportTable = { ...USER_MESSAGE, tool_call_id: "mapped" };

export const CONTENT_PART: SupportTable = {
  type: "mapped",
  text: "mapped",
  image_url: "mapped",
  file: "mapped",
  refusal: "mapped",
  prompt_cache_breakpoint: "mapped",
  cache_control: "mapped",
  input_audio: { refused: "Converse doesn't take OpenAI's form of audio." },
};

export const IMAGE_URL: SupportTable = {
  url: "mapped",
  detail: { ignored: "the model chooses the resolution." },
};

export const FILE: SupportTable = {
  file_data: "mapped",
  filename: "mapped",
  file_id: { refused: "no files are stored here: send the data as file_data." },
};

export const TOOL: SupportTable = { type: "mapped", function: "mapped", cache_control: "mapped" };

export const FUNCTION: SupportTable = {
  name: "mapped",
  description: "mapped",
  parameters: "mapped",
  strict: "mapped",
};

export const PROMPT_CACHE_OPTIONS: SupportTable = { mode: "mapped", ttl: "mapped" };

export const RESPONSE_FORMAT: SupportTable = { type: "mapped", json_schema: "mapped" };

export const JSON_SCHEMA: SupportTable = {
  name: "mapped",
  description: "mapped",
  schema: "mapped",
  strict: { ignored: "Bedrock always follows the schema." },
};

export const EMBEDDINGS: SupportTable = {
  model: "mapped",
  input: "mapped",
  dimensions: "mapped",
  encoding_format: "mapped",
  input_type: "mapped",
  user: { ignored: "the key identifies the caller." },
};

/** By its title in the documentation. */
export const SUPPORT: Record<string, SupportTable> = {
  "POST /v1/chat/completions": CHAT,
  stream_options: STREAM_OPTIONS,
  "messages (system, developer, user)": USER_MESSAGE,
  "messages (assistant)": ASSISTANT_MESSAGE,
  "messages (tool)": TOOL_MESSAGE,
  "content parts": CONTENT_PART,
  image_url: IMAGE_URL,
  file: FILE,
  tools: TOOL,
  "tools.function": FUNCTION,
  response_format: RESPONSE_FORMAT,
  "response_format.json_schema": JSON_SCHEMA,
  "POST /v1/embeddings": EMBEDDINGS,
};
