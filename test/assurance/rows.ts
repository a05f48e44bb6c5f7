/**
 * What could go wrong, a row each: threats `T…` and failures `F…`. A test covers a row by having its number in its
 * name; docs/threat-model.md describes each row.
 */
export interface Row {
  id: string;
  /** What is tested, in a few words. */
  tried: string;
}

const THREATS = [
  "guessing secrets",
  "two secrets with the same beginning",
  "a credential header twice, or two that differ",
  "headers silently truncated",
  "forwarding headers, names with underscores",
  "DNS rebinding to the console",
  "requests from other sites to the console",
  "the External ID of another tenant, a wrong one, none",
  "another role after the verification",
  "a path that is authorized is not the one signed",
  "the slash in model ARNs, in each client's form",
  "an ARN of another region or account",
  "request smuggling, raw and behind proxies",
  "hop-by-hop headers, and those named by Connection",
  "Bedrock's guardrail and trace headers",
  "line ends in forwarded values",
  "tampered event-stream frames",
  "a cut stream that looks whole",
  "an audit log that is rewritten or cut",
  "an audit log that is removed, a full disk",
  "__proto__ and constructor in every JSON",
  "SQL and LIKE in every field",
  "a caller who denies having made a call",
  "a failure logged as success",
  "an administrator who denies having made a change",
  "secrets in logs, errors, audit, files",
  "distinguishing unknown keys from revoked ones",
  "other endpoints by header, path or body",
  "credentials on disk",
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
  "more calls than the limit",
  "SIGTERM during calls",
  "kill -9 under load",
  "the store can't be read",
  "a clock that is off",
  "callers who disconnect midway",
  "little memory",
  "mixed traffic for minutes",
  "a worker that crashes",
  "the installed packages: sources, licenses, scripts",
];

export const ROWS: Row[] = [
  ...THREATS.map((tried, at) => ({ id: `T${at + 1}`, tried })),
  { id: "T41", tried: "a price hidden by a JSON escape or a second field" },
  { id: "T42", tried: "settings said in a way that needs no grant" },
  { id: "T44", tried: "another client's asynchronous jobs" },
  ...FAILURES.map((tried, at) => ({ id: `F${at + 1}`, tried })),
];

/** The rows in a test's name. */
export function rowsIn(name: string): string[] {
  return [...new Set(name.match(/\b[TF][1-9][0-9]?\b/g))];
}
