import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { readCalls } from "./calls.ts";
import type { Call } from "./calls.ts";
import { exportCalls } from "./export.ts";
import type { ExportFormat } from "./export.ts";
import { all, closedLog, intent, newFolder, options, outcome, recordCalls, refusal } from "./fixtures.ts";
import { callLine } from "./present.ts";
import { listSegments } from "./segments.ts";
import { openAudit } from "./writer.ts";

const names = (calls: Call[]): string[] => calls.map(({ call }) => call);

const exported = async (dir: string, format: ExportFormat): Promise<string> =>
  (await all(exportCalls(readCalls(dir), format))).join("");

/** Different calls: two clients, a failed one, a refused one, one still running, one with content. */
async function mixedLog(dir: string): Promise<void> {
  const audit = await openAudit(options(dir));
  const record = async (
    call: string,
    change: Parameters<typeof intent>[1],
    end: Parameters<typeof outcome>[1],
  ) => {
    await audit.intent(intent(call, change)).durable;
    audit.outcome(outcome(call, end));
  };
  await record("good", {}, {});
  await record("cut", { client: "search", delegation: "dev" }, { outcome: "truncated", status: 200 });
  await record(
    "other",
    { model: "meta.llama3-8b-instruct-v1:0", content: { prompt: "hi" } },
    { content: "ho" },
  );
  audit.refusal(refusal("no", { model: '=cmd|"/c calc"!A1' }));
  await audit.intent(intent("endless")).durable;
  await audit.close();
}

describe("calls", () => {
  it("join both records, or consist of the only one", async () => {
    const dir = newFolder();
    await mixedLog(dir);
    const calls = await all(readCalls(dir));

    expect(calls.map(({ call, outcome: end }) => [call, end])).toEqual([
      ["good", "ok"],
      ["cut", "truncated"],
      ["other", "ok"],
      ["no", "refused"],
      ["endless", "running"],
    ]);
    expect(calls[0]).toMatchObject({
      client: "billing",
      sessionName: "signet-billing",
      upstreamRequestId: "aws-good",
    });
    expect(calls[0]!.records).toEqual([3, 4]);
    expect(calls[0]).not.toHaveProperty("content");
    expect(calls[2]!.content).toEqual({ request: { prompt: "hi" }, response: "ho" });
    expect(calls[3]).toMatchObject({ status: 403, error: "model_denied", modelArn: null, attempts: null });
  });

  it("can be filtered by client, delegation, model, outcome and id", async () => {
    const dir = newFolder();
    await mixedLog(dir);
    const found = async (filter: Parameters<typeof readCalls>[1]) => names(await all(readCalls(dir, filter)));

    expect(await found({ client: "search" })).toEqual(["cut"]);
    expect(await found({ delegation: "dev" })).toEqual(["cut"]);
    expect(await found({ model: "meta.llama3-8b-instruct-v1:0" })).toEqual(["other"]);
    expect(await found({ outcome: "refused" })).toEqual(["no"]);
    expect(await found({ outcome: "running" })).toEqual(["endless"]);
    expect(await found({ call: "good" })).toEqual(["good"]);
    expect(await found({ call: "goo" })).toEqual([]);
    expect(await found({ client: "search", outcome: "ok" })).toEqual([]);
  });

  it("can be filtered by time of arrival, wherever the segments are split", async () => {
    const dir = newFolder();
    await closedLog(dir, 20);
    const calls = await all(readCalls(dir));
    expect(listSegments(dir).length).toBeGreaterThan(3);
    for (const [i, { time }] of calls.entries()) {
      const at = Date.parse(time);
      expect(names(await all(readCalls(dir, { since: at })))).toEqual(names(calls.slice(i)));
      expect(names(await all(readCalls(dir, { until: at })))).toEqual(names(calls.slice(0, i)));
    }
  });

  it("can be followed across segments while they are recorded", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir, { segmentBytes: 3000 }));
    await recordCalls(audit, ["before"]);
    const expected = Array.from({ length: 30 }, (_, i) => `c${i}`);
    const stop = new AbortController();
    let recording: Promise<void> | undefined;
    const onEnd = () => (recording ??= recordCalls(audit, expected));

    const seen: string[] = [];
    for await (const { call } of readCalls(
      dir,
      {},
      { follow: { signal: stop.signal, clock: systemClock }, onEnd },
    )) {
      if (seen.push(call) === expected.length + 1) break;
    }
    expect(seen).toEqual(["before", ...expected]);
    await recording;
    await audit.close();
  });

  it("are read past lines that aren't records", async () => {
    const dir = newFolder();
    await closedLog(dir, 2);
    const file = listSegments(dir)[0]!.path;
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('{"seq":3,', '{"seq":3!'));
    expect(names(await all(readCalls(dir)))).toEqual(["call-1"]);
  });
});

describe("export", () => {
  it("writes the same calls as a JSON array and as lines", async () => {
    const dir = newFolder();
    await mixedLog(dir);
    const calls = JSON.parse(JSON.stringify(await all(readCalls(dir)))) as unknown;
    expect(JSON.parse(await exported(dir, "json"))).toEqual(calls);
    const lines = (await exported(dir, "jsonl")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(calls);
  });

  it("writes an empty array for an empty log", async () => {
    const dir = newFolder();
    await (await openAudit(options(dir))).close();
    expect(await exported(dir, "json")).toBe("[]\n");
  });

  it("writes CSV by RFC 4180, with a header and one row per call", async () => {
    const dir = newFolder();
    await mixedLog(dir);
    const rows = (await exported(dir, "csv")).split("\r\n");
    expect(rows[0]).toMatch(/^call,time,client,key,delegation,/);
    expect(rows).toHaveLength(7);
    expect(rows[1]).toMatch(/^good,2026-11-23T[0-9:.]+Z,billing,/);
    expect(rows.at(-1)).toBe("");
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=cmd|"/c calc"!A1'])(
    "prevents spreadsheets from running %j",
    async (model) => {
      const dir = newFolder();
      const audit = await openAudit(options(dir));
      audit.refusal(refusal("no", { model }));
      await audit.close();
      const csv = await exported(dir, "csv");
      const cell = /[",\r]/.test(model) ? `"'${model.replaceAll('"', '""')}"` : `'${model}`;
      expect(csv).toContain(`,${cell},`);
    },
  );
});

describe("a call in a terminal", () => {
  it("can't move the cursor or hide behind invisible characters", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    audit.refusal(refusal("no", { model: "\u001B[2Jevil\u202E\nline" }));
    await audit.close();
    const [call] = await all(readCalls(dir));
    expect(callLine(call!, (_tone, text) => text)).toContain("\uFFFD[2Jevil\uFFFD\uFFFDline");
  });
});
