/** Which of Bedrock's prices applies to a call: its service tier, or `optimized` for latency-optimized inference. */
import type { Headers } from "../core/headers.ts";
import type { Fields, RequestScan } from "./scan.ts";

const TIER_HEADER = "x-amzn-bedrock-service-tier";
const LATENCY_HEADER = "x-amzn-bedrock-performanceconfig-latency";

/** `default`, `priority`, `flex`, `reserved`, `optimized`, or whatever else the caller named. */
export function tierOf(headers: Headers, request?: RequestScan): string {
  const named = headers.get(TIER_HEADER);
  if (named !== undefined) return named;
  if (headers.get(LATENCY_HEADER) === "optimized") return "optimized";
  return (request?.mayNameTier() ? tierIn(request.fields) : undefined) ?? "default";
}

/** OpenAI's `service_tier`; Converse's `serviceTier` and `performanceConfig`. */
function tierIn(fields: Fields): string | undefined {
  const tier = textOf(fields.get("service_tier")) ?? textOf(fields.get("serviceTier.type"));
  if (tier !== undefined) return tier === "auto" ? "default" : tier;
  return fields.get("performanceConfig.latency") === "optimized" ? "optimized" : undefined;
}

function textOf(value: string | number | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
