/** The name of the protocol that a caller speaks: `bedrock`, `openai`, …, as src/protocols/registry.ts has them. */
export type Protocol = string;
