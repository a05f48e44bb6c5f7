/** Calls as rows of the index, and back. */
import { chainName, workerOf } from "../audit/segments.ts";
import type { Names } from "./dictionary.ts";
import type { Party } from "./parties.ts";
import type { IndexedCall } from "./types.ts";

/** A row of `call`, by the table's columns. */
export type CallRow = Record<(typeof CALL_COLUMNS)[number], string | number | null>;

export const CALL_COLUMNS = [
  "time",
  "record",
  "outcome_record",
  "party",
  "origin",
  "remote",
  "call",
  "upstream_request_id",
  "model",
  "status",
  "upstream_status",
  "request_bytes",
  "response_bytes",
  "attempts",
  "first_byte_ms",
  "total_ms",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "cost_usd",
  "reserved_tokens",
  "reserved_usd",
] as const;

/** The columns of `origin`, in the order of `originOf`. */
export const ORIGIN_COLUMNS = [
  "protocol",
  "operation",
  "model_arn",
  "region",
  "account",
  "session_name",
  "usage_source",
  "prices",
] as const;

export function originOf(call: IndexedCall): Names {
  const { protocol, operation, modelArn, region, account, sessionName, usage, prices } = call;
  return [protocol, operation, modelArn, region, account, sessionName, usage?.source, prices].map(
    (name) => name ?? null,
  );
}

/** More records than a chain will ever have: one number holds the worker's and the record's. */
const CHAIN = 1e11;

/** Where the call's names are kept. */
export interface References {
  party: Party;
  origin: number;
  remote: number;
}

export function rowOf(call: IndexedCall, { party, origin, remote }: References): CallRow {
  const [record = 0, outcomeRecord = null] = call.records;
  const chain = workerOf(call.chain) * CHAIN;
  const { usage, reserved } = call;
  return {
    time: Date.parse(call.time),
    record: chain + record,
    outcome_record: outcomeRecord,
    party: party.id,
    origin,
    remote,
    call: call.call,
    upstream_request_id: call.upstreamRequestId ?? null,
    model: party.model === call.model ? null : (call.model ?? null),
    status: call.status ?? null,
    upstream_status: call.upstreamStatus ?? null,
    request_bytes: call.requestBytes ?? null,
    response_bytes: call.responseBytes ?? null,
    attempts: call.attempts ?? null,
    first_byte_ms: call.firstByteMs ?? null,
    total_ms: call.totalMs ?? null,
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    cache_read_tokens: usage?.cacheReadInputTokens ?? null,
    cache_write_tokens: usage?.cacheWriteInputTokens ?? null,
    cost_usd: call.costUsd ?? null,
    reserved_tokens: reserved?.tokens ?? null,
    reserved_usd: reserved?.costUsd ?? null,
  };
}

/** A row with the names that it refers to. */
export interface Referred {
  party: Party;
  origin: Names;
  remote: string;
}

export function callOf(row: CallRow, { party, origin, remote }: Referred): IndexedCall {
  const [protocol, operation, modelArn, region, account, sessionName, source, prices] = origin;
  const { client, key, delegation, outcome, error, upstreamError } = party;
  const usage = source === null ? null : { ...usageOf(row), source };
  const call = {
    call: row.call,
    time: new Date(Number(row.time)).toISOString(),
    client,
    key,
    delegation,
    protocol,
    operation,
    model: row.model ?? party.model,
    modelArn,
    region,
    account,
    sessionName,
    remote,
    requestBytes: row.request_bytes,
    outcome,
    status: row.status,
    error,
    upstreamStatus: row.upstream_status,
    upstreamRequestId: row.upstream_request_id,
    upstreamErrorType: upstreamError,
    usage,
    costUsd: row.cost_usd,
    prices,
    reserved:
      row.reserved_tokens === null ? null : { tokens: row.reserved_tokens, costUsd: row.reserved_usd },
    firstByteMs: row.first_byte_ms,
    totalMs: row.total_ms,
    responseBytes: row.response_bytes,
    attempts: row.attempts,
    chain: chainName(Math.floor(Number(row.record) / CHAIN)),
    records: [Number(row.record) % CHAIN, row.outcome_record].filter((number) => number !== null),
  };
  // The columns hold what `rowOf` put there.
  return call as IndexedCall;
}

function usageOf(row: CallRow) {
  return {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cacheReadInputTokens: row.cache_read_tokens,
    cacheWriteInputTokens: row.cache_write_tokens,
  };
}

/** Whether the call has what the tables need: a line of the log may be JSON and yet not be what Signet wrote. */
export function isSound(call: IndexedCall): boolean {
  const { client, key, delegation, outcome, error, upstreamErrorType, remote } = call;
  const row = rowOf(call, { party: { ...NO_PARTY, model: null }, origin: 0, remote: 0 });
  const {
    cost_usd,
    reserved_usd,
    first_byte_ms,
    total_ms,
    call: id,
    upstream_request_id,
    model,
    ...whole
  } = row;
  const numbers = [cost_usd, reserved_usd, first_byte_ms, total_ms];
  const names = [upstream_request_id, model, error, upstreamErrorType, ...originOf(call)];
  return (
    [id, client, key, delegation, outcome, remote].every((name) => typeof name === "string") &&
    names.every((name) => (name ?? null) === null || typeof name === "string") &&
    numbers.every((number) => number === null || Number.isFinite(number)) &&
    Object.values(whole).every((number) => number === null || Number.isSafeInteger(number))
  );
}

const NO_PARTY: Party = {
  id: 0,
  client: "",
  delegation: "",
  key: "",
  model: null,
  outcome: "ok",
  error: null,
  upstreamError: null,
};
