/** Which of Bedrock's response headers a native caller gets. */
const PASSED = new Set(["content-type", "content-length", "x-amzn-requestid", "x-amzn-errortype"]);

export function responseHeaders(upstream: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in upstream) {
    const value = upstream[name];
    if (value !== undefined && (PASSED.has(name) || name.startsWith("x-amzn-bedrock-")))
      headers[name] = value;
  }
  return headers;
}
