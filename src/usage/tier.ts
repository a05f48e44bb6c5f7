/** Which of Bedrock's prices a call is served at: its service tier, or `optimized` for latency-optimized inference. */
import { parseJson } from "../core/json.ts";
import type { Headers } from "../core/headers.ts";

const TIER_HEADER = "x-amzn-bedrock-service-tier";
const LATENCY_HEADER = "x-amzn-bedrock-performanceconfig-latency";
/** Of bodies that have none, none is parsed. */
const FIELDS = ["serviceTier", "performanceConfig", "service_tier"];

/** `default`, `priority`, `flex`, `reserved`, `optimized`, or what else the caller has named. */
export function tierOf(headers: Headers, body: Buffer | undefined): string {
  const named = headers.get(TIER_HEADER);
  if (named !== undefined) return named;
  if (headers.get(LATENCY_HEADER) === "optimized") return "optimized";
  if (!body || !FIELDS.some((field) => body.includes(field))) return "default";
  return tierInside(body) ?? "default";
}

/** Converse's `serviceTier` and `performanceConfig`; `service_tier` of OpenAI's protocol. */
function tierInside(body: Buffer): string | undefined {
  const request = parsed(body);
  const tier = textOf(request?.service_tier) ?? textOf(request?.serviceTier?.type);
  if (tier !== undefined) return tier === "auto" ? "default" : tier;
  return request?.performanceConfig?.latency === "optimized" ? "optimized" : undefined;
}

interface Tiered {
  serviceTier?: { type?: unknown } | null;
  performanceConfig?: { latency?: unknown } | null;
  service_tier?: unknown;
}

function parsed(body: Buffer): Tiered | undefined {
  try {
    const request = parseJson(body);
    return typeof request === "object" && request !== null ? request : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
