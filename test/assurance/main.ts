/**
 * `npm run assure`: tests every row of the threats and failures, and prints each result.
 *
 *   npm run assure                      everything, in full: at most a quarter of an hour
 *   npm run assure -- --only T13,F8     these rows
 *   npm run assure -- --quick           a few seconds a row, as `npm test` does
 *   npm run assure -- --seed 42         the random cases of that run again
 *   npm run assure -- --json            one JSON document instead of the table
 *
 * Exits with 1 if a row failed or has no test, with 2 if the arguments are invalid.
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { startVitest, type Reporter, type TestCase } from "vitest/node";
import { ROWS, rowsIn } from "./rows.ts";

interface Attempt {
  name: string;
  passed: boolean;
  figures: string[];
  seconds: number;
}

const ROOT = path.resolve(import.meta.dirname, "../..");
const { only, quick, json, seed } = options();
const rows = ROWS.filter(({ id }) => !only || only.includes(id));
const attempts = new Map<string, Attempt[]>(rows.map(({ id }) => [id, []]));
/** Names of failed tests, and errors outside tests. */
const failures: string[] = [];
const began = performance.now();

const files = filesOf(rows.map(({ id }) => id));
const run = await startVitest("test", files, {
  root: ROOT,
  watch: false,
  provide: { assure: { thorough: !quick, seed } },
  testTimeout: 600_000,
  reporters: [gatherer()],
});
await run.close();
report();

function gatherer(): Reporter {
  return {
    onTestCaseResult(test) {
      const attempt = attemptOf(test);
      if (!attempt) return;
      if (!attempt.passed) failures.push(attempt.name);
      const ids = rowsIn(attempt.name).filter((id) => attempts.has(id));
      for (const id of ids) attempts.get(id)?.push(attempt);
      if (ids.length > 0 || !attempt.passed)
        process.stderr.write(
          `${attempt.passed ? "✓" : "✗"} ${attempt.name} (${attempt.seconds.toFixed(1)} s)\n`,
        );
      for (const error of test.result().errors ?? [])
        process.stderr.write(`${error.stack ?? error.message}\n`);
    },
    onTestRunEnd(_modules, errors) {
      for (const error of errors) {
        failures.push(error.message);
        process.stderr.write(`${error.stack ?? error.message}\n`);
      }
    },
  };
}

function attemptOf(test: TestCase): Attempt | undefined {
  const { state } = test.result();
  if (state === "skipped" || state === "pending") return undefined;
  return {
    name: test.fullName,
    passed: state === "passed",
    figures: test.meta().figures ?? [],
    seconds: (test.diagnostic()?.duration ?? 0) / 1000,
  };
}

function report(): void {
  const table = rows.map((row) => {
    const found = attempts.get(row.id) ?? [];
    const failed = found.filter(({ passed }) => !passed).map(({ name }) => name);
    const verdict = found.length === 0 ? "unproven" : failed.length > 0 ? "failed" : "passed";
    return { ...row, tests: found.length, figures: found.flatMap(({ figures }) => figures), verdict, failed };
  });
  const bad = table.filter(({ verdict }) => verdict !== "passed");
  const others = failures.filter((name) => !table.some(({ failed }) => failed.includes(name)));
  const seconds = Math.round((performance.now() - began) / 1000);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ seconds, seed, thorough: !quick, rows: table, others }, null, 2)}\n`,
    );
  else {
    for (const { id, tried, tests, figures, verdict, failed } of table) {
      const mark = verdict === "passed" ? "✓" : "✗";
      const count = `${tests} ${tests === 1 ? "test" : "tests"}`;
      process.stdout.write(`${mark} ${id.padEnd(4)}${tried.padEnd(54)}${[count, ...figures].join("; ")}\n`);
      for (const name of failed) process.stdout.write(`      failed: ${name}\n`);
    }
    const summary =
      bad.length === 0 ? "every row holds" : bad.map(({ id, verdict }) => `${id} ${verdict}`).join(", ");
    process.stdout.write(`\n${table.length} rows in ${seconds} s, seed ${seed}: ${summary}\n`);
  }
  for (const name of others) process.stdout.write(`beside the rows, failed: ${name}\n`);
  process.exitCode = bad.length + others.length === 0 ? 0 : 1;
}

/** The test files that name one of the rows. They run completely: tests of one file may build on each other. */
function filesOf(ids: readonly string[]): string[] {
  return globSync(["src/**/*.test.ts", "sandbox/**/*.test.ts", "test/**/*.test.ts"], { cwd: ROOT })
    .map((file) => path.join(ROOT, file))
    .filter((file) => rowsIn(readFileSync(file, "utf8")).some((id) => ids.includes(id)));
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        seed: { type: "string" },
      },
    });
    const known = ROWS.map(({ id }) => id);
    const asked = values.only?.split(",");
    const unknown = asked?.filter((id) => !known.includes(id)) ?? [];
    if (unknown.length > 0)
      throw new Error(`--only: ${unknown.join(", ")} is no row (docs/threat-model.md lists them).`);
    const number = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
    if (!Number.isSafeInteger(number)) throw new Error("--seed: a whole number.");
    return { ...values, only: asked, seed: number };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return process.exit(2);
  }
}
