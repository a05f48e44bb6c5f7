/** The Chat Completions fields that OpenAI's models on Bedrock support; the refusal names them all. */
const FIELDS =
  "audio frequency_penalty function_call functions include_reasoning logit_bias logprobs max_completion_tokens " +
  "max_tokens messages metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key " +
  "reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature " +
  "text tool_choice tools top_k top_logprobs top_p user verbosity web_search_options";

const KNOWN = new Set(FIELDS.split(" "));

/** The error for the first unknown field, or null. */
export function unknownChatField(request: object): string | null {
  const unknown = Object.keys(request).find((name) => !KNOWN.has(name));
  if (unknown === undefined) return null;
  const known = [...KNOWN].map((name) => `\`${name}\``).join(", ");
  return `Failed to deserialize the JSON body into the target type: unknown variant \`${unknown}\`, expected one of ${known}`;
}
