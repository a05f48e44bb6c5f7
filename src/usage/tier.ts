/** Which of Bedrock's prices applies to a call: its service tier, or `optimized` for latency-optimized inference. */
import type { Headers } from "../core/headers.ts";
import type { Operation } from "../core/operations.ts";
import type { RequestScan } from "./scan.ts";

const TIER_HEADER = "x-amzn-bedrock-service-tier";
const LATENCY_HEADER = "x-amzn-bedrock-performanceconfig-latency";
/** OpenAI's, Converse's, and OpenAI's within Converse. */
const TIER_FIELDS = ["service_tier", "serviceTier.type", "additionalModelRequestFields.service_tier"];
const NONE: Headers = new Map();

/** `default`, `priority`, `flex`, `reserved`, `optimized`, or whatever else the caller named. */
export function tierOf(operation: Operation, headers: Headers, request?: RequestScan): string {
  // Converse has no such headers.
  const said = operation === "Converse" || operation === "ConverseStream" ? NONE : headers;
  const fields = request?.mayNameTier() ? request.fields : undefined;
  const [named = "default"] = [said.get(TIER_HEADER), ...TIER_FIELDS.map((path) => fields?.get(path))].filter(
    (value) => typeof value === "string",
  );
  const tier = named === "auto" ? "default" : named;
  const latency = said.get(LATENCY_HEADER) ?? fields?.get("performanceConfig.latency");
  if (latency !== "optimized") return tier;
  // No price list has both.
  return tier === "default" ? "optimized" : `${tier}, optimized`;
}
