/** `signet doctor`: diagnoses an installation, before `serve` or beside it, and suggests a fix for each problem. */
import { styleText } from "node:util";
import { Command } from "commander";
import type { Timer } from "../core/clock.ts";
import type { Config } from "../config/schema.ts";
import { ConfigError } from "../config/problems.ts";
import { systemReasonOf } from "../core/reason.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { failed, ok, skipped, type Check, type CheckStatus, type Finding } from "./doctor/check.ts";
import type { Installation } from "./doctor/installation.ts";
import { nodeFinding } from "./doctor/node-version.ts";
import { example, printJson } from "./output.ts";

/** Per check; all run concurrently. */
const DEADLINE_MS = 5_000;
const NAME_WIDTH = 15;
/** Moves to the line above and clears it. */
const LINE_BACK = "\u001B[1A\u001B[2K";

const MARKS: Record<CheckStatus, { mark: string; color: "green" | "yellow" | "red" | "dim" }> = {
  ok: { mark: "✓", color: "green" },
  warning: { mark: "!", color: "yellow" },
  failed: { mark: "✗", color: "red" },
  skipped: { mark: "-", color: "dim" },
};

export function doctorCommand(context: CliContext): Command {
  return new Command("doctor")
    .description(
      "diagnose an installation and suggest a fix for each problem: configuration, credentials, clock, AWS, store, audit log, listener, TLS",
    )
    .option("--json", "print JSON: ok, and checks with check, status, seen and fix")
    .addHelpText(
      "after",
      "\n✓ ok   ! warning   ✗ failed   - skipped: nothing to check yet, or something else must be fixed first\n" +
        "It changes nothing, calls no model, and may run beside `signet serve`.\n" +
        "Exit status: 0 if nothing failed, 1 otherwise.\n" +
        example("signet doctor", "signet --config /etc/signet.yaml doctor --json"),
    )
    .action(async (options: { json?: true }, own: Command) => {
      const outcome = await examine(context, own, options.json ? jsonReport(context) : textReport(context));
      if (!outcome.isWell) context.fail();
      // Something that never answers, such as a credential process, would keep this process waiting.
      if (outcome.isOverdue) context.abandon();
    });
}

interface Report {
  waiting(check: string): void;
  found(check: string, findings: readonly Finding[]): void;
  end(isWell: boolean): void;
}

interface Outcome {
  /** Nothing failed. */
  isWell: boolean;
  /** A check is still running. */
  isOverdue: boolean;
}

/** Runs all checks concurrently and reports them in their order. */
async function examine(context: CliContext, command: Command, report: Report): Promise<Outcome> {
  let isWell = true;
  let isOverdue = false;
  const conclude = (check: string, findings: readonly Finding[]) => {
    report.found(check, findings);
    isWell &&= findings.every(({ status }) => status !== "failed");
  };
  conclude("Node", [nodeFinding(process.versions.node)]);
  const read = await readConfig(context, command);
  conclude("configuration", read.findings);
  report.waiting("checks");
  const { CHECKS } = await import("./doctor/all.ts");
  const { survey } = await import("./doctor/installation.ts");
  const installation = read.config && survey(read.config, context);
  const onOverdue = () => (isOverdue = true);
  const running = CHECKS.map((check) => ({ check, findings: findingsOf(check, installation, onOverdue) }));
  for (const { check, findings } of running) {
    report.waiting(check.name);
    conclude(check.name, await findings);
  }
  report.end(isWell);
  return { isWell, isOverdue };
}

async function readConfig(
  context: CliContext,
  command: Command,
): Promise<{ config?: Config; findings: Finding[] }> {
  let config: Config | undefined;
  try {
    config = await loadConfigOf(context, command);
    const { loadPrices } = await import("../prices/file.ts");
    loadPrices(config.prices.file);
    return { config, findings: [ok("valid")] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fix = config
      ? "correct the file of prices; docs/limits.md describes it"
      : "correct it; docs/configuration.md describes every setting, `signet config print` shows those in effect";
    const findings = error.message.split("\n").map((problem) => failed(problem, fix));
    return { ...(config && { config }), findings };
  }
}

/** An unexpected error or a timeout fails this check, not the others. */
async function findingsOf(
  check: Check,
  installation: Installation | undefined,
  onOverdue: () => void,
): Promise<Finding[]> {
  if (!installation) return [skipped("the configuration can't be read")];
  const { clock } = installation;
  let timer: Timer | undefined;
  const overdue = new Promise<Finding[]>((resolve) => {
    timer = clock.setTimeout(() => {
      onOverdue();
      resolve([failed(`not finished within ${DEADLINE_MS / 1000} s`, check.overdue)]);
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([check.run(installation), overdue]);
  } catch (error) {
    return [
      failed(systemReasonOf(error), "the check itself failed: fix what the message names, then run it again"),
    ];
  } finally {
    clock.clear(timer);
  }
}

function jsonReport(context: CliContext): Report {
  const checks: ({ check: string } & Finding)[] = [];
  return {
    waiting: () => undefined,
    found: (check, findings) => void checks.push(...findings.map((finding) => ({ check, ...finding }))),
    end: (isWell) => printJson(context, { ok: isWell, checks }),
  };
}

/** On a terminal, the running check is shown on a line that its finding then replaces. */
function textReport(context: CliContext): Report {
  const counts: Record<CheckStatus, number> = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  let isWaiting = false;
  const replace = (line: string) => {
    context.out(isWaiting ? LINE_BACK + line : line);
    isWaiting = false;
  };
  return {
    waiting(check) {
      if (!context.isTerminal) return;
      replace(styleText("dim", `… ${check}`));
      isWaiting = true;
    },
    found(check, findings) {
      for (const finding of findings) {
        counts[finding.status] += 1;
        findingLines(context, check, finding).forEach(replace);
      }
    },
    end(isWell) {
      const { warning, failed: failures } = counts;
      replace(isWell ? `no failures; warnings: ${warning}` : `failed: ${failures}; warnings: ${warning}`);
    },
  };
}

function findingLines(context: CliContext, check: string, { status, seen, fix }: Finding): string[] {
  const { mark, color } = MARKS[status];
  // AWS's and the system's texts are shown unchanged, except for what could move a terminal's cursor.
  const plain = seen.replace(/\p{Cc}/gu, " ");
  const head = `${context.isTerminal ? styleText(color, mark) : mark} ${check.padEnd(NAME_WIDTH)}  ${plain}`;
  return fix === undefined ? [head] : [head, `${" ".repeat(NAME_WIDTH + 4)}fix: ${fix}`];
}
