/**
 * What could go wrong, a row each: threats `T…` and failures `F…`. A test proves a row by carrying its number in its
 * name; docs/threat-model.md tells of each row in more words.
 */
export interface Row {
  id: string;
  /** What is tried, in a few words. */
  tried: string;
}

const THREATS = [
  "guessing secrets",
  "two secrets that begin alike",
  "one credential header twice, or two that differ",
  "more headers than are looked at",
  "forwarding headers, names with underscores",
  "DNS rebinding to the console",
  "requests of other sites to the console",
  "the External ID of another tenant, a wrong one, none",
  "another role after the verification",
  "a path that is authorized is not the one signed",
  "the slash in model ARNs, in each client's form",
  "an ARN of another region or account",
  "request smuggling, raw and behind proxies",
  "hop-by-hop headers, and whatever Connection names",
  "Bedrock's guardrail and trace headers",
  "line ends in forwarded values",
  "tampered event-stream frames",
  "a cut stream that looks whole",
  "an audit log that is rewritten or cut",
  "an audit log that is removed, a full disk",
  "__proto__ and constructor in every JSON",
  "SQL and LIKE in every field",
  "a caller who denies a call",
  "a failure logged as success",
  "an administrator who denies a change",
  "secrets in logs, errors, audit, files",
  "telling unknown keys from revoked ones",
  "other endpoints by header, path or body",
  "credentials on the disk",
  "AWS's error texts",
  "slow headers, slow bodies",
  "HTTP/2 resets and CONTINUATION floods",
  "decompression bombs",
  "deep JSON, patterns that backtrack",
  "readers who don't read",
  "a viewer who administers, a forgotten route",
];

const FAILURES = [
  "sessions end and are renewed",
  "STS down, throttled, slow, answering garbage",
  "Bedrock refuses, throttles, can't be reached",
  "Bedrock stalls, before and after the first byte",
  "Bedrock cuts, lies about lengths, sends garbage",
  "more calls than there are places",
  "SIGTERM with calls under way",
  "kill -9 under load",
  "the store can't be read",
  "a clock that is off",
  "callers gone midway",
  "little memory",
  "mixed traffic for minutes",
  "a worker that crashes",
  "what is installed: sources, licences, scripts",
];

export const ROWS: Row[] = [
  ...THREATS.map((tried, at) => ({ id: `T${at + 1}`, tried })),
  ...FAILURES.map((tried, at) => ({ id: `F${at + 1}`, tried })),
];

/** The rows that a test's name carries. */
export function rowsIn(name: string): string[] {
  return [...new Set(name.match(/\b[TF][1-9][0-9]?\b/g))];
}
