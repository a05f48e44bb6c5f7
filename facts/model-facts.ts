/** One model's facts out of litellm's entries for it: the model's own first, then those of its profiles. */
import type { Effort, Modality, Model, Thinking } from "./form.ts";
import type { LitellmEntry } from "./litellm.ts";

type ModelFacts = Omit<Model, "id" | "provider" | "endpoints" | "openaiPaths" | "listedBy">;

const MODES: Record<string, Model["mode"]> = {
  chat: "chat",
  responses: "responses",
  embedding: "embedding",
  image_generation: "image",
  image_edit: "image",
  video_generation: "video",
  realtime: "realtime",
  rerank: "rerank",
};

/** `entry` has the members of all entries, the first that has one deciding. */
export function modelFacts(entry: LitellmEntry, id: string, provider: string): ModelFacts {
  const mode = MODES[entry.mode];
  if (mode === undefined) throw new Error(`litellm has a mode that facts/ doesn't know: ${entry.mode}`);
  const talks = mode === "chat" || mode === "responses";
  return {
    mode,
    input: inputOf(entry, mode),
    output: outputOf(entry, mode),
    streaming: talks || mode === "realtime",
    thinking: thinkingOf(entry),
    ...given("endOfLife", entry.deprecation_date),
    ...given("successor", entry.successor_model?.split("/").at(-1)),
    ...given("maxInputTokens", entry.max_input_tokens),
    ...given("maxOutputTokens", mode === "embedding" ? undefined : entry.max_output_tokens),
    ...given("dimensions", entry.output_vector_size),
    ...(talks ? talking(entry, id, provider) : {}),
  };
}

function talking(entry: LitellmEntry, id: string, provider: string): Partial<ModelFacts> {
  const { supports_tool_choice: choice, supports_forced_tool_use: forced } = entry;
  return {
    ...given("efforts", effortsOf(entry, provider)),
    ...given("adaptiveThinking", entry.supports_adaptive_thinking),
    ...(entry.supports_sampling_params === false ? { sampling: false } : {}),
    ...given("toolUse", entry.supports_function_calling),
    ...given("forcedToolUse", forced ?? choice),
    ...given("strictTools", strictOf(entry, provider)),
    ...given("parallelToolConfig", entry.supports_parallel_tool_use_config),
    ...given("toolResultImages", entry.supports_bedrock_converse_tool_result_images),
    ...given("regexLookaround", entry.supports_regex_lookaround),
    ...given("structuredOutput", structuredOf(entry)),
    ...given("systemMidConversation", entry.supports_mid_conversation_system),
    ...given("prefill", entry.supports_assistant_prefill),
    ...given("countable", countableOf(entry, id)),
    ...given("promptCaching", entry.supports_prompt_caching),
    ...given("promptCacheMinTokens", entry.prompt_cache_min_tokens),
  };
}

function inputOf(entry: LitellmEntry, mode: Model["mode"]): Modality[] {
  const names = new Set(entry.supported_modalities);
  const image = entry.supports_vision === true || entry.supports_image_input === true || mode === "image";
  const embedded = entry.supports_embedding_image_input === true;
  const found: [Modality, boolean][] = [
    ["TEXT", true],
    ["IMAGE", image || embedded || names.has("image")],
    ["DOCUMENT", entry.supports_pdf_input === true],
    ["AUDIO", entry.supports_audio_input === true || names.has("audio")],
    ["VIDEO", entry.supports_video_input === true || names.has("video")],
  ];
  return found
    .filter(([, takes]) => takes)
    .map(([modality]) => modality)
    .toSorted();
}

function outputOf(entry: LitellmEntry, mode: Model["mode"]): Modality[] {
  if (mode === "embedding") return ["EMBEDDING"];
  if (mode === "image") return ["IMAGE"];
  if (mode === "video") return ["VIDEO"];
  return entry.supports_audio_output === true ? ["TEXT", "AUDIO"] : ["TEXT"];
}

function thinkingOf(entry: LitellmEntry): Thinking {
  if (entry.supports_reasoning !== true) return "none";
  if (entry.thinking_always_on === true) return "always";
  return entry.thinking_on_by_default === true ? "default" : "optional";
}

/** litellm's order: what lies above `bedrock_output_config_effort_ceiling` is refused. */
const ORDER: readonly Effort[] = ["none", "minimal", "low", "medium", "high", "max", "xhigh"];

/** As litellm decides it: low, medium and high come with any effort at all, the others have a flag each. */
function effortsOf(entry: LitellmEntry, provider: string): Effort[] | undefined {
  if (entry.supports_reasoning !== true) return [];
  if (entry.reasoning_effort_levels !== undefined) return entry.reasoning_effort_levels as Effort[];
  const flags = (["none", "minimal", "xhigh", "max"] as const).filter(
    (level) => entry[`supports_${level}_reasoning_effort`] === true,
  );
  const any = flags.length > 0 || entry.supports_output_config === true;
  if (!any) return provider === "anthropic" ? [] : undefined;
  const ceiling = ORDER.indexOf((entry.bedrock_output_config_effort_ceiling ?? "xhigh") as Effort);
  const taken = new Set<Effort>(["low", "medium", "high", ...flags]);
  const byStrength: Effort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
  return byStrength.filter((level) => taken.has(level) && ORDER.indexOf(level) <= ceiling);
}

/** litellm's rule: of all vendors' models only Claude takes the field, unless marked. */
function strictOf(entry: LitellmEntry, provider: string): boolean | undefined {
  if (entry.supports_function_calling !== true) return undefined;
  return provider === "anthropic" ? (entry.bedrock_converse_supports_strict_tools ?? true) : false;
}

/** Newer Claude models are counted at mantle only. */
function countableOf({ token_count_model: counted }: LitellmEntry, id: string): boolean | undefined {
  return counted === undefined ? undefined : counted.litellm_provider === "bedrock" && counted.model === id;
}

function structuredOf(entry: LitellmEntry): Model["structuredOutput"] {
  const native =
    entry.supports_native_structured_output ??
    entry.supports_bedrock_native_structured_output ??
    entry.supports_bedrock_native_structured_output_by_default;
  const later =
    entry.supports_bedrock_native_structured_output === true ||
    entry.supports_bedrock_native_structured_output_by_default === true;
  if (native === true || later) return "native";
  return entry.supports_response_schema === true ? "tool" : undefined;
}

/** One member, or none: what isn't known is left out. */
function given<Name extends string, Value>(name: Name, value: Value | undefined): { [name in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [name in Name]?: Value };
}
