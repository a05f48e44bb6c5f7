/** Which of Bedrock's prices applies to a call: its service tier, or `optimized` for latency-optimized inference. */
import type { Headers } from "../core/headers.ts";
import type { RequestScan } from "./scan.ts";

const TIER_HEADER = "x-amzn-bedrock-service-tier";
const LATENCY_HEADER = "x-amzn-bedrock-performanceconfig-latency";

/** Of a request that Signet wrote: in a header, in OpenAI's `service_tier`, or in Converse's members. */
export function tierOf(headers: Headers, request?: RequestScan): string {
  const fields = request?.mayNameTier() ? request.fields : undefined;
  return tierBy(
    headers.get(TIER_HEADER) ?? fields?.get("service_tier") ?? fields?.get("serviceTier.type"),
    headers.get(LATENCY_HEADER) ?? fields?.get("performanceConfig.latency"),
  );
}

/**
 * `default`, `priority`, `flex`, `reserved`, `optimized`, or whatever else the caller named. Values as in headers, or as in
 * Converse's members.
 */
export function tierBy(serviceTier: unknown, performanceConfig: unknown): string {
  const named = valueIn(serviceTier, "type");
  const tier = typeof named !== "string" || named === "auto" ? "default" : named;
  if (valueIn(performanceConfig, "latency") !== "optimized") return tier;
  // No price list has both.
  return tier === "default" ? "optimized" : `${tier}, optimized`;
}

function valueIn(value: unknown, member: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[member] : value;
}
