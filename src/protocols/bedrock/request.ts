/**
 * From a native caller's request to Bedrock's: the same bytes and an allow-list of headers. Everything else the
 * caller sent (credentials, hop-by-hop headers, whatever `Connection` names) stays behind (T14).
 */
import { BEDROCK_HEADERS } from "../../core/delegation.ts";

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
