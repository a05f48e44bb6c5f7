/** Records and logs for the tests of this folder. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { systemClock, type Clock } from "../core/clock.ts";
import type { Intent, Outcome, Refusal } from "./call-record.ts";
import type { Audit, AuditOptions } from "./types.ts";
import { openAudit } from "./writer.ts";

/** Path of a log folder that doesn't exist yet; removed with its parent when the test ends. */
export function newFolder(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "signet-audit-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  return path.join(root, "log");
}

/** A clock that advances one second with each reading; its timers are the machine's. */
export function tickingClock(): Clock {
  let now = Date.parse("2026-11-23T08:00:00Z");
  return { ...systemClock, now: () => (now += 1000) };
}

export function options(dir: string, change: Partial<AuditOptions> = {}): AuditOptions {
  return {
    dir,
    segmentBytes: 1024 * 1024,
    checkpointRecords: 1000,
    checkpointSeconds: 3_000_000,
    reserveBytes: 4096,
    clock: tickingClock(),
    version: "1.2.3",
    onTrouble: () => {},
    ...change,
  };
}

export function intent(call: string, change: Partial<Intent> = {}): Intent {
  return {
    call,
    client: "billing",
    key: "0123456789ab",
    delegation: "prod",
    protocol: "bedrock",
    operation: "ConverseStream",
    model: "amazon.nova-lite-v1:0",
    modelArn: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    region: "us-east-1",
    account: "123456789012",
    project: "default",
    sessionName: "signet-billing",
    requestBytes: 812,
    remote: "192.0.2.7",
    ...change,
  };
}

export function outcome(call: string, change: Partial<Outcome> = {}): Outcome {
  return {
    call,
    outcome: "ok",
    status: 200,
    upstreamStatus: 200,
    upstreamRequestId: `aws-${call}`,
    upstreamErrorType: null,
    error: null,
    usage: {
      inputTokens: 12,
      outputTokens: 34,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
      cacheWrite1hInputTokens: null,
      source: "reported",
    },
    cost: null,
    firstByteMs: 120,
    totalMs: 480.25,
    responseBytes: 2048,
    attempts: 1,
    ...change,
  };
}

export function refusal(call: string, change: Partial<Refusal> = {}): Refusal {
  return {
    call,
    client: "billing",
    key: "0123456789ab",
    delegation: "prod",
    protocol: "bedrock",
    operation: "Converse",
    model: "meta.llama3-8b-instruct-v1:0",
    region: "us-east-1",
    status: 403,
    error: "model_denied",
    remote: "192.0.2.7",
    ...change,
  };
}

/** Collects an iterable. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Records whole calls, one after the other. */
export async function recordCalls(audit: Audit, calls: string[]): Promise<void> {
  for (const call of calls) {
    await audit.intent(intent(call)).durable;
    audit.outcome(outcome(call));
  }
}

/** A closed log of `calls` calls in several segments, with checkpoints among them. */
export async function closedLog(
  dir: string,
  calls: number,
  change: Partial<AuditOptions> = {},
): Promise<void> {
  const audit = await openAudit(options(dir, { segmentBytes: 4000, checkpointRecords: 5, ...change }));
  await recordCalls(
    audit,
    Array.from({ length: calls }, (_, i) => `call-${i}`),
  );
  await audit.close();
}
