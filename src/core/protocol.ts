/** What the caller speaks. */
export type Protocol = "bedrock" | "openai" | "anthropic" | "gemini";
