import { describe, expect, it } from "vitest";
import { callOf, originOf, ROW_COLUMNS, rowOf } from "./rows.ts";
import type { IndexedCall } from "./types.ts";

const CALL: IndexedCall = {
  call: "0199c0de",
  time: "2026-11-23T08:00:00.123Z",
  client: "billing",
  key: "0123456789ab",
  delegation: "prod",
  protocol: "anthropic",
  operation: "ConverseStream",
  model: "amazon.nova-lite-v1:0",
  modelArn: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
  region: "us-east-1",
  account: "123456789012",
  project: "default",
  sessionName: "signet-billing",
  remote: "192.0.2.7",
  outcome: "throttled",
  status: 429,
  error: "rate_limited",
  upstreamStatus: 430,
  upstreamRequestId: "aws-1",
  upstreamErrorType: "ThrottlingException",
  usage: {
    inputTokens: 1,
    outputTokens: 2,
    cacheReadInputTokens: 3,
    cacheWriteInputTokens: 4,
    cacheWrite1hInputTokens: 3,
    source: "estimated",
  },
  costUsd: 0.25,
  prices: "2026-11-01",
  reserved: { tokens: 900, costUsd: null },
  firstByteMs: 12.5,
  totalMs: 480.25,
  requestBytes: 812,
  responseBytes: 2048,
  attempts: 2,
  chain: "worker-3",
  records: [7, 9],
};

function storedAndRead(call: IndexedCall): IndexedCall {
  const { client, delegation, key, model, project, outcome, error, upstreamErrorType } = call;
  const who = { client, delegation, key, model, project };
  const party = { id: 1, ...who, outcome, error, upstreamError: upstreamErrorType };
  const row = rowOf(call, { party, origin: 2, remote: 3 });
  const named = Object.fromEntries(ROW_COLUMNS.map((column, index) => [column, row[index] ?? null]));
  return callOf(named, { party, origin: originOf(call), remote: call.remote });
}

describe("a call in the index", () => {
  it("is returned with every field unchanged", () => {
    expect(storedAndRead(CALL)).toEqual(CALL);
  });

  it("has no usage and no reservation if its records had none", () => {
    const running = { ...CALL, usage: null, reserved: null, records: [7] };
    expect(storedAndRead(running)).toEqual(running);
  });
});
