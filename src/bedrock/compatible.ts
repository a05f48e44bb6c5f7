/**
 * AWS's endpoints that speak another vendor's API: requests go there unchanged, signed. Source: the
 * Bedrock user guide, "APIs supported by Amazon Bedrock".
 */
import type { ModelUpstream } from "../core/delegation.ts";

/** A host, with the path below which a vendor's API is. */
export type CompatibleUpstream = Exclude<ModelUpstream, "converse">;

export interface CompatibleApi {
  readonly prefixes: Readonly<Record<CompatibleUpstream, string>>;
  /** The caller's headers that the API reads, in lower case. */
  readonly headers: readonly string[];
}

export const OPENAI_API: CompatibleApi = {
  prefixes: {
    "bedrock-runtime": "/openai/v1",
    "bedrock-mantle": "/v1",
    "bedrock-mantle-openai": "/openai/v1",
  },
  headers: [],
};

export const ANTHROPIC_API: CompatibleApi = {
  prefixes: {
    "bedrock-runtime": "/anthropic/v1",
    "bedrock-mantle": "/anthropic/v1",
    "bedrock-mantle-openai": "/anthropic/v1",
  },
  headers: ["anthropic-version", "anthropic-beta"],
};
