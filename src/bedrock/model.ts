/** What is known about a model beyond its name, for fields that differ between vendors. */
import { foundationModelOf } from "../core/model.ts";

export interface Model {
  /** The model in requests to Bedrock: a model id, a profile id or an ARN. */
  id: string;
  /**
   * The foundation model behind it, e.g. `anthropic.claude-sonnet-4-5-20250929-v1:0`. Null if the name doesn't
   * show it: application profiles, provisioned, custom and imported models.
   */
  base: string | null;
}

const NAMED_ARN = /^arn:[^:]+:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/(.+)$/;

/** `base`: the foundation model, if the operator has set it. */
export function modelOfId(id: string, base?: string): Model {
  if (base !== undefined) return { id, base };
  if (!id.startsWith("arn:")) return { id, base: foundationModelOf(id) };
  const named = NAMED_ARN.exec(id)?.[1];
  return { id, base: named === undefined ? null : foundationModelOf(named) };
}

/** `anthropic`, `amazon`, `cohere`, `openai`, …; null if unknown. */
export function vendorOf({ base }: Model): string | null {
  return base?.split(".")[0] ?? null;
}

export function isClaude({ base }: Model): boolean {
  return base?.startsWith("anthropic.claude") ?? false;
}

/** Major and minor version of a Claude model: [4, 5] of `anthropic.claude-sonnet-4-5-20250929-v1:0`. */
export function claudeVersion({ base }: Model): [major: number, minor: number] | null {
  // Up to 3.7 the version precedes the name (claude-3-7-sonnet), from 4 on it follows it (claude-sonnet-4-5).
  const match = /^anthropic\.claude-(?:[a-z]+-)?(\d{1,2})(?:-(\d{1,2}))?(?=-|$|:)/.exec(base ?? "");
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : null;
}
