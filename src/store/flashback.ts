/** An "AI LLM" configuration in Flashback that holds one of Signet's keys. */

/** Flashback's AI LLM Types. */
export const AI_LLM_TYPES = ["OPENAI", "GOOGLE", "ANTHROPIC", "AWS", "OTHER"] as const;
export type AiLlmType = (typeof AI_LLM_TYPES)[number];

export interface FlashbackConnection {
  /** Flashback's `aiLlmId`. */
  aiLlmId: string;
  /** What it is called there. */
  name: string;
  aiType: AiLlmType;
  /** The API Endpoint that was entered. */
  endpoint: string;
  workspaceId: string;
  /** Base URL of the platform API that it was made through. */
  platformUrl: string;
  /** Id of the key whose secret it holds now. */
  key: string;
  createdAt: number;
}
