/** What a model sees of a request, in any API and vendor format. */
import { hash } from "node:crypto";

/** A file in a request, as it was sent inline. */
export interface Media {
  kind: "image" | "document" | "video" | "audio";
  /** Converse's name, e.g. `png`. */
  format: string;
  /** 0 for one in S3. */
  bytes: number;
}

export interface Turn {
  /** Text of the last user message. */
  prompt: string;
  /** Text of the system prompt, one line for each part. */
  system: string;
  /** The content of the last user message besides text. */
  media: Media[];
  /** Text of the tool results in the last user message; empty without any. */
  toolResults: string[];
  /** Characters of all text in the request. */
  inputCharacters: number;
  /** Names of the tools that the model may call. */
  tools: string[];
  /** A tool that the request forces, if any. */
  forcedTool: string | null;
  maxTokens: number | null;
  stopSequences: string[];
  /** JSON schema of the answer, if the request has one. */
  schema: unknown;
  /** Whether the request asks for reasoning. */
  thinks: boolean;
  /** Whether reasoning is signed: only Claude's is. */
  signs: boolean;
  /** The error message if the input is too long for the model. */
  tooLong: string;
}

export function plainTurn(prompt: string, given: Partial<Turn> = {}): Turn {
  return {
    prompt,
    system: "",
    media: [],
    toolResults: [],
    inputCharacters: prompt.length,
    tools: [],
    forcedTool: null,
    maxTokens: null,
    stopSequences: [],
    schema: undefined,
    thinks: false,
    signs: false,
    tooLong: "Input is too long for requested model.",
    ...given,
  };
}

/** The sandbox's tokenizer: four characters make a token. */
export function tokensOf(characters: number): number {
  return Math.ceil(characters / 4);
}

/** Reasoning must come back unmodified: its signature is bound to its text. */
export function signReasoning(text: string): string {
  return hash("sha256", `sandbox reasoning: ${text}`, "base64");
}

export const REDACTED_REASONING = Buffer.from("sandbox redacted reasoning").toString("base64");
