/** InvokeModel's own parts, apart from the vendor's body. */
import { jsonOf } from "../core/json.ts";

/** The `anthropic_version` of a Claude model's body. */
export const CLAUDE_VERSION = "bedrock-2023-05-31";

/** The field of a stream's last event in which Bedrock gives its own counts. */
export const INVOCATION_METRICS = "amazon-bedrock-invocationMetrics";

/**
 * The vendor's own event in a chunk of InvokeModelWithResponseStream, as text: `{"bytes":"<base64>"}`. Undefined if
 * there is none. Throws SyntaxError.
 */
export function chunkText(payload: Uint8Array): string | undefined {
  const { bytes } = jsonOf(payload) as { bytes?: unknown };
  return typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("utf8") : undefined;
}
