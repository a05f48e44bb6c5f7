/** The audit log: search of calls, one call's details, changes, and verification of the chain. */
import { z } from "zod";
import { CALL_RESULTS } from "../../audit/call-record.ts";
import { readCalls, type Call, type CallFilter } from "../../audit/calls.ts";
import { EXPORT_FORMATS, exportCalls } from "../../audit/export.ts";
import { latestCheckpoint } from "../../audit/latest-checkpoint.ts";
import type { StoredRecord } from "../../audit/records.ts";
import { scanRecords } from "../../audit/scan.ts";
import { chainsOf, listSegments } from "../../audit/segments.ts";
import { OUTCOMES } from "../../audit/call-record.ts";
import { verifyAudit } from "../../audit/verify.ts";
import { notFound } from "../../registry/errors.ts";
import type { CallQuery } from "../../call-index/types.ts";
import { operation, serverOperation, streamOperation } from "../operation.ts";
import { pageQuery } from "../page.ts";
import { callView } from "../views/call.ts";
import { auditStateView, changeView, storyView, verdictView } from "../views/audit.ts";
import { pageOf } from "../views/common.ts";

const moment = z.coerce
  .number<number>("must be epoch milliseconds")
  .int("must be epoch milliseconds")
  .nonnegative();

const ofCalls = {
  since: moment.exactOptional(),
  until: moment.exactOptional(),
  client: z.string().exactOptional(),
  delegation: z.string().exactOptional(),
  model: z.string().exactOptional(),
  outcome: z.enum([...OUTCOMES, ...CALL_RESULTS], "must be an outcome of calls").exactOptional(),
};

export const searchCalls = serverOperation(
  {
    id: "audit.calls",
    method: "GET",
    path: "/audit/calls",
    role: "viewer",
    summary: "Search calls that ended or were refused, latest first.",
    query: pageQuery.extend({
      ...ofCalls,
      key: z.string().exactOptional(),
      text: z.string().max(200, "must have at most 200 characters").exactOptional(),
    }),
    result: pageOf(callView),
  },
  async ({ insight }, { query }) => {
    const found = await insight.calls(query satisfies CallQuery);
    return { items: found.calls, next: found.next };
  },
);

export const getCall = serverOperation(
  {
    id: "audit.call",
    method: "GET",
    path: "/audit/calls/{call}",
    role: "viewer",
    summary: "Show one call with all of its audit records.",
    result: storyView,
  },
  async ({ auditDir, insight }, asked) => {
    const id = asked.params.call;
    const { calls } = await insight.calls({ text: id, limit: 1 });
    const known = calls.find(({ call }) => call === id);
    const call = known ?? (await runningCall(auditDir, id));
    if (!call) throw notFound("call", id);
    return { call, records: await recordsOf(auditDir, call) };
  },
);

/** More calls than there are between the start and the end of one. */
const LATEST = 50_000;

/** A call that isn't in the index yet is among the latest. */
async function runningCall(dir: string, id: string): Promise<Omit<Call, "content"> | undefined> {
  for await (const { content: _content, ...call } of readCalls(dir, { call: id }, { latest: LATEST }))
    return call;
  return undefined;
}

/** The call's own records, without prompts and answers, which stay in the log. */
async function recordsOf(dir: string, { call, chain, records: numbers }: Omit<Call, "content">) {
  const own = chainsOf(dir).find(({ name }) => name === chain);
  if (!own) return [];
  const first = Math.min(...numbers);
  const from = () => listSegments(own.dir).findLast((segment) => segment.first <= first)?.first ?? 0;
  const records: StoredRecord[] = [];
  for await (const { record } of scanRecords(own.dir, { from, containing: JSON.stringify(call) })) {
    if (numbers.includes(record.seq)) records.push(withoutContentOf(record));
    if (records.length === numbers.length) break;
  }
  return records;
}

function withoutContentOf(record: StoredRecord): StoredRecord {
  if (record.type !== "intent" && record.type !== "outcome") return record;
  const { content: _content, ...rest } = record;
  return rest;
}

export const listChanges = serverOperation(
  {
    id: "audit.changes",
    method: "GET",
    path: "/audit/changes",
    role: "viewer",
    summary: "List changes and their authors, latest first.",
    query: pageQuery.extend({ since: moment.exactOptional(), subject: z.string().exactOptional() }),
    result: pageOf(changeView),
  },
  async ({ insight }, { query }) => {
    const { changes, next } = await insight.changes(query);
    return { items: changes, next };
  },
);

const CONTENT_TYPES = {
  json: "application/json",
  jsonl: "application/x-ndjson",
  csv: "text/csv; charset=utf-8",
} as const;

export const exportLog = streamOperation({
  id: "audit.export",
  method: "GET",
  path: "/audit/export",
  role: "viewer",
  summary: "Export calls for other programs, oldest first.",
  query: z.strictObject({ ...ofCalls, format: z.enum(EXPORT_FORMATS).default("json") }),
  contentType: ({ format }) => CONTENT_TYPES[format],
  fileName: ({ format }) => `signet-calls.${format}`,
  run({ auditDir }, { query }) {
    const { format, ...filter } = query;
    return exportCalls(withoutContent(auditDir, filter), format);
  },
});

/** Prompts and completions can only be exported by the command line, on the machine that holds the log. */
async function* withoutContent(dir: string, filter: CallFilter) {
  for await (const { content: _content, ...call } of readCalls(dir, filter)) yield call;
}

export const state = serverOperation(
  {
    id: "audit.state",
    method: "GET",
    path: "/audit/state",
    role: "viewer",
    summary: "Show whether calls can be recorded, and how far the chain is signed.",
    result: auditStateView,
  },
  async ({ auditDir, gateway }) => {
    const { available, records, open } = gateway.status().audit;
    return {
      available,
      records,
      open,
      chains: chainsOf(auditDir).map(({ name, dir }) => ({
        name,
        segments: listSegments(dir).length,
        signed: latestCheckpoint(dir) ?? null,
      })),
    };
  },
);

export const verify = operation(
  {
    id: "audit.verify",
    method: "POST",
    path: "/audit/verify",
    role: "viewer",
    summary: "Verify that the log is unaltered, or report where it was altered.",
    body: z.strictObject({ since: z.int("must be epoch milliseconds").nonnegative().exactOptional() }),
    result: verdictView,
  },
  ({ auditDir }, { body }) => verifyAudit(auditDir, body),
);
