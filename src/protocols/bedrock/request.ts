/**
 * From a native caller's request to Bedrock's: the same bytes and an allow-list of headers. Everything else the
 * caller sent (credentials, hop-by-hop headers, whatever `Connection` names) stays behind (T14).
 */

/** Request headers that change what Bedrock does; each passes only where a grant names it (T15). */
export const BEDROCK_HEADERS = [
  "x-amzn-bedrock-trace",
  "x-amzn-bedrock-guardrailidentifier",
  "x-amzn-bedrock-guardrailversion",
  "x-amzn-bedrock-performanceconfig-latency",
  "x-amzn-bedrock-service-tier",
  "x-amzn-bedrock-request-metadata",
] as const;

const ALWAYS = ["content-type", "accept", "x-amzn-bedrock-accept"] as const;

/** The headers to send, in lower case and a fixed order. `headers` were authorized before. */
export function requestHeaders(headers: ReadonlyMap<string, string>): [name: string, value: string][] {
  const result: [string, string][] = [];
  for (const name of [...ALWAYS, ...BEDROCK_HEADERS]) {
    const value = headers.get(name);
    if (value !== undefined && value !== "") result.push([name, value]);
  }
  return result;
}
