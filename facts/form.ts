/** The form of catalogue.json and by-hand.json. Data only: what no source says is absent, never guessed. */

/** How the model thinks. `default`: unless switched off; `always`: can't be switched off; `optional`: if asked to. */
export type Thinking = "none" | "optional" | "default" | "always";

export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** As ListFoundationModels answers, and `DOCUMENT`. */
export type Modality = "TEXT" | "IMAGE" | "DOCUMENT" | "AUDIO" | "SPEECH" | "VIDEO" | "EMBEDDING";

/** A foundation model, by its id without geography. */
export interface Model {
  /** `anthropic.claude-opus-5-5` */
  id: string;
  /** The vendor's part of the id: `anthropic`. */
  provider: string;
  /** `Claude Opus 5.5` */
  name?: string;
  /** Absent: not known. */
  mode?: "chat" | "responses" | "embedding" | "image" | "video" | "realtime" | "rerank";
  /** Where it is served: `bedrock-runtime`, `bedrock-mantle`. */
  endpoints: ("runtime" | "mantle")[];
  /** Which of OpenAI's paths serve it at which endpoint, where that is known: `/v1/responses`. */
  openaiPaths?: { runtime?: string[]; mantle?: string[] };
  /** Empty: not known. */
  input: Modality[];
  output: Modality[];
  streaming?: boolean;
  /** AWS answers `LEGACY`. */
  legacy?: true;
  /** False: bedrock-runtime serves it through inference profiles only. Absent: not known. */
  onDemand?: boolean;
  /** Regions in which AWS lists it. Absent: not known. */
  regions?: string[];
  /** Where bedrock-runtime serves it without a profile. */
  onDemandRegions?: string[];
  /** Where mantle serves it. */
  mantleRegions?: string[];
  /** The day from which it can no longer be called: `2026-10-14`. Absent: no date is known. */
  endOfLife?: string;
  /** Regions where it goes on after that day. */
  livesOnIn?: string[];
  /** The model that its vendor or AWS recommends instead. */
  successor?: string;
  /** Tokens. */
  maxInputTokens?: number;
  /** Tokens. */
  maxOutputTokens?: number;
  /** Of `outputConfig.effort`, or what the vendor's own field is called. Absent: not known; empty: none. */
  efforts?: Effort[];
  thinking?: Thinking;
  /** Takes `thinking: {type: "adaptive"}` (Claude). */
  adaptiveThinking?: boolean;
  /** False: refuses temperature, topP and topK. `one`: takes temperature or topP, not both. */
  sampling?: false | "one";
  toolUse?: boolean;
  /** Whether toolChoice may be `any` or `tool`. */
  forcedToolUse?: boolean;
  /** Whether `toolSpec.strict` is accepted. */
  strictTools?: boolean;
  /** Whether `disable_parallel_tool_use` is accepted. */
  parallelToolConfig?: boolean;
  /** False: tool results must not hold images. */
  toolResultImages?: boolean;
  /** False: patterns in tool schemas must not look ahead or behind. */
  regexLookaround?: boolean;
  /** `native`: `outputConfig.textFormat`; `tool`: only by a forced tool. */
  structuredOutput?: "native" | "tool";
  /** Whether messages of role `system` may stand between others. */
  systemMidConversation?: boolean;
  /** Whether the last message may be the assistant's. */
  prefill?: boolean;
  /** The smallest prefix that is cached, in tokens. Absent: no caching, or not known. */
  promptCacheMinTokens?: number;
  promptCaching?: boolean;
  /** Whether CountTokens serves it. */
  countable?: boolean;
  /** Length of an embedding. */
  dimensions?: number;
  /** Which packages list it; `by hand` if none does. */
  listedBy: string[];
}

/** A system-defined inference profile. */
export interface Profile {
  /** `us.anthropic.claude-opus-5-5` */
  id: string;
  geography: string;
  /** The foundation model's id. */
  model: string;
  /** Source region → regions that it may route to, by AWS's own answers. Absent for `global`, and if not known. */
  routes?: Record<string, string[]>;
  /** Of `global` profiles: the source regions. */
  sources?: string[];
  /** If the profile ends on another day than its model. */
  endOfLife?: string;
  successor?: string;
  listedBy: string[];
}

/** What the prefix of a profile's id means. Source: "Supported Regions and models for inference profiles". */
export interface Geography {
  id: string;
  partition: string;
  /** Regions that its profiles are called from. */
  sources?: string[];
  /** Regions that its profiles may route to, each profile to some. Absent for `global`: any commercial region. */
  destinations?: string[];
  source: string;
}

/** A fact on which sources differ, and which was taken. */
export interface Difference {
  /** The id of a model or a profile. */
  about: string;
  field: string;
  values: { source: string; value: unknown }[];
  choice: unknown;
  why: string;
}

export interface Catalogue {
  /** The day on which what is kept by hand was last read. */
  version: string;
  /** Packages with their versions. */
  sources: string[];
  geographies: Geography[];
  models: Model[];
  profiles: Profile[];
  differences: Difference[];
}

/** Facts that no package has, each with where it was read. */
export interface ByHand {
  version: string;
  geographies: Geography[];
  models: Note<Partial<Model>>[];
  profiles: Note<Partial<Profile>>[];
}

/** Of every model or profile whose id matches one of `ids`; `*` stands for any characters. The last note wins. */
export interface Note<Facts> {
  ids: string[];
  facts: Facts;
  source: string;
}
