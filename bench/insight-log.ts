/** Writes an audit log of many calls, faster than calls can be made: valid records in a valid chain, without its locks and syncs. */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { GENESIS, seal } from "../src/audit/chain.ts";
import type { Link } from "../src/audit/chain.ts";
import { intentFields, openFields, outcomeFields, refusalFields } from "../src/audit/records.ts";
import { segmentAt } from "../src/audit/segments.ts";
import { AUDIT_DEFAULTS } from "../src/audit/types.ts";
import type { Intent, OutcomeKind } from "../src/audit/call-record.ts";

export const NAMES = { clients: 40, delegations: 8, keys: 120, models: 12, remotes: 500 };

/** Calls spread evenly over the period (epoch milliseconds), by names drawn with a preference for the first ones. */
export function writeLog(
  dir: string,
  calls: number,
  { since, until }: { since: number; until: number },
): void {
  fs.mkdirSync(dir, { recursive: true });
  const append = appender(dir);
  for (let number = 0; number < calls; number++) {
    const time = since + Math.floor(((until - since) * number) / calls);
    append(...recordsOf(number, time));
  }
  append.end();
}

/** Appends records to segments as long as Signet's own. */
function appender(dir: string) {
  let link: Link = GENESIS;
  let size = Infinity;
  let fd: number | undefined;
  const write = (fields: string) => {
    const sealed = seal(link, fields);
    link = sealed.link;
    size += sealed.line.length;
    return sealed.line;
  };
  let held = "";
  const flush = () => {
    if (fd !== undefined) fs.writeSync(fd, held);
    held = "";
  };
  const append = (...records: string[]) => {
    if (size > AUDIT_DEFAULTS.segmentBytes) {
      flush();
      if (fd !== undefined) fs.closeSync(fd);
      fd = fs.openSync(segmentAt(dir, link.seq + 1).path, "a", 0o600);
      size = 0;
      held += write(openFields(new Date(0).toISOString(), { previous: link.hash, calls: [] }));
    }
    for (const fields of records) held += write(fields);
    if (held.length > 1024 * 1024) flush();
  };
  return Object.assign(append, { end: flush });
}

function recordsOf(number: number, time: number): string[] {
  const key = skewed(NAMES.keys);
  const model = skewed(NAMES.models);
  const intent: Intent = {
    call: randomUUID(),
    client: `client-${key % NAMES.clients}`,
    key: `key${String(key).padStart(9, "0")}`,
    delegation: `delegation-${key % NAMES.delegations}`,
    protocol: "openai",
    operation: "ConverseStream",
    model: `vendor.model-${model}-v1:0`,
    modelArn: `arn:aws:bedrock:us-east-1::foundation-model/vendor.model-${model}-v1:0`,
    region: "us-east-1",
    account: "123456789012",
    project: "default",
    sessionName: `signet-client-${key % NAMES.clients}`,
    requestBytes: 500 + skewed(5000),
    remote: `10.0.${skewed(NAMES.remotes) >> 8}.${skewed(NAMES.remotes) & 0xff}`,
  };
  const at = new Date(time).toISOString();
  if (number % 50 === 0) return [refusalFields(at, { ...intent, status: 403, error: "model_denied" })];
  const outcome: OutcomeKind = number % 33 === 0 ? "throttled" : number % 20_011 === 0 ? "revoked" : "ok";
  const totalMs = 300 + skewed(20_000);
  const ended = outcomeFields(at, {
    call: intent.call,
    outcome,
    status: outcome === "ok" ? 200 : 429,
    upstreamStatus: outcome === "ok" ? 200 : 429,
    upstreamRequestId: randomUUID(),
    upstreamErrorType: outcome === "throttled" ? "ThrottlingException" : null,
    error: null,
    usage: {
      inputTokens: skewed(4000),
      outputTokens: skewed(1000),
      cacheReadInputTokens: skewed(2000),
      cacheWriteInputTokens: 0,
      cacheWrite1hInputTokens: null,
      source: "reported",
    },
    cost: { usd: skewed(100_000) / 1e6, prices: "2026-11-01" },
    firstByteMs: totalMs / 3,
    totalMs,
    responseBytes: 2000 + skewed(9000),
    attempts: 1,
  });
  return [intentFields(at, intent), ended];
}

/** A whole number below `end`, small ones more often. */
function skewed(end: number): number {
  return Math.floor(Math.random() ** 2 * end);
}
