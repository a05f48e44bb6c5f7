/** What is known of a model beyond its name, for the sake of fields that differ from vendor to vendor. */
import { foundationModelOf } from "../core/model.ts";

export interface Model {
  /** What Bedrock is asked for: a model id, a profile id or an ARN. */
  id: string;
  /**
   * The foundation model behind it, e.g. `anthropic.claude-sonnet-4-5-20250929-v1:0`. Null where the name doesn't
   * say it: application profiles, provisioned, custom and imported models.
   */
  base: string | null;
}

const NAMED_ARN = /^arn:[^:]+:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/(.+)$/;

/** `base`: the foundation model, where the operator has said it. */
export function modelOfId(id: string, base?: string): Model {
  if (base !== undefined) return { id, base };
  if (!id.startsWith("arn:")) return { id, base: foundationModelOf(id) };
  const named = NAMED_ARN.exec(id)?.[1];
  return { id, base: named === undefined ? null : foundationModelOf(named) };
}

/** `anthropic`, `amazon`, `cohere`, `openai`, …; null where it isn't known. */
export function vendorOf({ base }: Model): string | null {
  return base?.split(".")[0] ?? null;
}

export function isClaude({ base }: Model): boolean {
  return base?.startsWith("anthropic.claude") ?? false;
}

/** Major and minor version of a Claude model: [4, 5] of `anthropic.claude-sonnet-4-5-20250929-v1:0`. */
export function claudeVersion({ base }: Model): [major: number, minor: number] | null {
  // Up to 3.7 the version stands before the name (claude-3-7-sonnet), from 4 on after it (claude-sonnet-4-5).
  const match = /^anthropic\.claude-(?:[a-z]+-)?(\d{1,2})(?:-(\d{1,2}))?(?=-|$|:)/.exec(base ?? "");
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : null;
}
