/** The protocols that Signet speaks: one line each. */
import type { Headers } from "../core/headers.ts";
import { ANTHROPIC } from "./anthropic/protocol.ts";
import { BEDROCK } from "./bedrock/protocol.ts";
import { GEMINI } from "./gemini/protocol.ts";
import { OPENAI } from "./openai/protocol.ts";
import type { ProtocolModule } from "./protocol.ts";

/** In order: the first that claims a request has it. Bedrock's own claims the rest. */
export const PROTOCOLS: readonly ProtocolModule[] = [ANTHROPIC, GEMINI, OPENAI, BEDROCK];

export interface Registry {
  /** The protocol of a request. `path`: without a query. */
  protocolOf(path: string, headers: Pick<Headers, "has">): ProtocolModule;
}

export function createRegistry(protocols = PROTOCOLS): Registry {
  return {
    protocolOf(path, headers) {
      for (const protocol of protocols) if (protocol.claims(path, headers)) return protocol;
      return BEDROCK;
    },
  };
}
