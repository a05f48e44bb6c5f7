import { describe, expect, it } from "vitest";
import { CALL_FIELD_NAMES, fieldsIn } from "./call-record.ts";
import { readCalls } from "./calls.ts";
import { exportCalls } from "./export.ts";
import { all, intent, newFolder, options, outcome, refusal } from "./fixtures.ts";
import { scanRecords } from "./scan.ts";
import { openAudit } from "./writer.ts";

const CONTENT = { text: "hello" };

/** A log with a call that has every field, a refusal, and a running call. */
async function logWithEveryField(): Promise<string> {
  const dir = newFolder();
  const audit = await openAudit(options(dir));
  await audit.intent(intent("ended", { reserved: { tokens: 900, costUsd: 0.5 }, content: CONTENT })).durable;
  audit.outcome(outcome("ended", { cost: { usd: 0.25, prices: "2026-11-01" }, content: CONTENT }));
  audit.refusal(refusal("refused"));
  await audit.intent(intent("running")).durable;
  await audit.close();
  return dir;
}

describe("the fields of a call's record", () => {
  it("are all on its line, and no others", async () => {
    const dir = await logWithEveryField();
    const records = (await all(scanRecords(dir))).map(
      ({ record }) => record as object as Record<string, unknown>,
    );
    const fieldsOf = (type: string, call: string) => {
      const {
        seq: _s,
        time: _t,
        hash: _h,
        type: _y,
        ...fields
      } = records.find((record) => record["call"] === call && record["type"] === type) ?? {};
      return Object.keys(fields).toSorted();
    };
    expect(fieldsOf("intent", "ended")).toEqual([...fieldsIn("intent"), "reserved", "content"].toSorted());
    expect(fieldsOf("outcome", "ended")).toEqual([...fieldsIn("outcome"), "cost", "content"].toSorted());
    expect(fieldsOf("refusal", "refused")).toEqual(fieldsIn("refusal").toSorted());
  });

  it("are all in the joined call, null if no record has them", async () => {
    const calls = await all(readCalls(await logWithEveryField()));
    expect(calls.map(({ call, outcome: result }) => [call, result])).toEqual([
      ["ended", "ok"],
      ["refused", "refused"],
      ["running", "running"],
    ]);
    const [ended, refused, running] = calls;
    expect(Object.keys(ended ?? {})).toEqual([...CALL_FIELD_NAMES, "content"]);
    expect(Object.keys(refused ?? {})).toEqual(CALL_FIELD_NAMES);
    expect(ended).toMatchObject({ costUsd: 0.25, reserved: { tokens: 900 }, totalMs: 480.25 });
    expect(refused).toMatchObject({ status: 403, modelArn: null, usage: null, requestBytes: null });
    expect(running).toMatchObject({ status: null, usage: null, requestBytes: 812, attempts: null });
  });

  it("have one CSV column each, in a fixed order", async () => {
    const text = (await all(exportCalls(readCalls(await logWithEveryField()), "csv"))).join("");
    expect(text.split("\r\n")[0]).toBe(
      "call,time,client,key,delegation,protocol,operation,model,modelArn,region,account,project,sessionName,remote," +
        "outcome,status,error,upstreamStatus,upstreamRequestId,upstreamErrorType,inputTokens,outputTokens," +
        "cacheReadInputTokens,cacheWriteInputTokens,cacheWrite1hInputTokens,usageSource,costUsd,prices,firstByteMs,totalMs," +
        "requestBytes,responseBytes,attempts",
    );
  });
});
