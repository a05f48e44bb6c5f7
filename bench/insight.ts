/** `node bench/insight.ts [calls]`: how long the index of the audit log takes to be made, and each question to be answered. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { systemClock } from "../src/core/clock.ts";
import { openInsight } from "../src/call-index/open.ts";
import type { CallQuery, Insight } from "../src/call-index/types.ts";
import { writeLog } from "./insight-log.ts";

const CALLS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 5;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const now = Date.now();
const last = (length: number) => ({ since: now - length, until: now });

const QUESTIONS: Record<string, (insight: Insight) => Promise<unknown>> = {
  "overview of 1 hour": (insight) => insight.overview(last(HOUR)),
  "overview of 24 hours": (insight) => insight.overview(last(DAY)),
  "overview of 7 days": (insight) => insight.overview(last(7 * DAY)),
  "overview of 30 days": (insight) => insight.overview(last(30 * DAY)),
  "overview of 24 hours, three weeks ago": (insight) =>
    insight.overview({ since: now - 22 * DAY, until: now - 21 * DAY }),
  "usage of 30 days by client": (insight) => insight.usage({ ...last(30 * DAY), by: "client" }),
  "usage of 30 days by key": (insight) => insight.usage({ ...last(30 * DAY), by: "key" }),
  "usage of 14 days by model, of a delegation": (insight) =>
    insight.usage({ ...last(14 * DAY), by: "model", delegation: "delegation-1" }),
  "spent in 30 days": (insight) => insight.spent(last(30 * DAY)),
  ...searches({
    "latest calls": {},
    "calls of a client": { client: "client-7" },
    "calls of a key": { key: "key000000119" },
    "calls of a model": { model: "vendor.model-11-v1:0" },
    "calls of a delegation that were throttled": { delegation: "delegation-3", outcome: "throttled" },
    "calls that were cut": { outcome: "revoked" },
    "calls of nobody": { client: "client-7", model: "none" },
    "calls with 'throttling' in them": { text: "throttling" },
    "calls with 'a' in them": { text: "a" },
    "calls with '10.0.1.2' in them": { text: "10.0.1.2" },
    "calls of a client with '10.0' in them": { client: "client-39", text: "10.0" },
    "calls with nothing like it": { text: "100%_of '\" nothing" },
  }),
  "the 20th page of latest calls": (insight) => pages(insight, { limit: 50 }, 20),
};

function searches(queries: Record<string, Partial<CallQuery>>) {
  return Object.fromEntries(
    Object.entries(queries).map(([name, query]) => [
      name,
      (insight: Insight) => insight.calls({ ...query, limit: 50 }),
    ]),
  );
}

async function pages(insight: Insight, query: CallQuery, count: number): Promise<void> {
  const { next } = await insight.calls(query);
  if (next !== null && count > 1) await pages(insight, { ...query, cursor: next }, count - 1);
}

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "signet-insight-"));
  const auditDir = path.join(folder, "audit");
  const file = path.join(folder, "insight.db");
  try {
    console.log(`${CALLS} calls over 30 days`);
    writeLog(auditDir, CALLS, last(30 * DAY));
    const insight = openInsight({
      auditDir,
      file,
      log: { warn: (fields, message) => console.error(message, fields) },
      clock: systemClock,
    });
    const [, seconds] = await timed(() => insight.spent(last(DAY)));
    console.log(`made in ${(seconds / 1000).toFixed(1)} s, ${(fs.statSync(file).size / 1e6).toFixed(0)} MB`);
    for (const [name, question] of Object.entries(QUESTIONS)) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) times.push((await timed(() => question(insight)))[1]);
      const [first = 0] = times;
      const median = times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
      console.log(`${median.toFixed(1).padStart(8)} ms (first ${first.toFixed(1)})  ${name}`);
    }
    await insight.close();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  return [await work(), performance.now() - start];
}

await main();
