/** `signet doctor`: looks over an installation, before `serve` or beside it, and says what fixes what is wrong. */
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

/** For each check; all run at once. */
const DEADLINE_MS = 5_000;
const NAME_WIDTH = 15;
/** Back to the line above, and clear it. */
const LINE_BACK = "\u001B[1A\u001B[2K";

const MARKS: Record<CheckStatus, { mark: string; colour: "green" | "yellow" | "red" | "dim" }> = {
  ok: { mark: "✓", colour: "green" },
  warning: { mark: "!", colour: "yellow" },
  failed: { mark: "✗", colour: "red" },
  skipped: { mark: "-", colour: "dim" },
};

export function doctorCommand(context: CliContext): Command {
  return new Command("doctor")
    .description(
      "check configuration, credentials, clock, AWS, store, audit log, listener and TLS, each with its fix",
    )
    .option("--json", "print JSON: ok, and checks with check, status, seen and fix")
    .addHelpText(
      "after",
      "\n✓ ok   ! warning   ✗ failed   - skipped: something else must be fixed first\n" +
        "It changes nothing, calls no model, and may run beside `signet serve`.\n" +
        "Exit status: 0 where nothing failed, 1 otherwise.\n" +
        example("signet doctor", "signet --config /etc/signet.yaml doctor --json"),
    )
    .action(async (options: { json?: true }, own: Command) => {
      const outcome = await examine(context, own, options.json ? jsonReport(context) : textReport(context));
      if (!outcome.isWell) context.fail();
      // What never answers (a credential process, for instance) would keep the process waiting for it.
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
  /** Some check is still running. */
  isOverdue: boolean;
}

/** Runs all checks at once and tells them in their order. */
async function examine(context: CliContext, command: Command, report: Report): Promise<Outcome> {
  let isWell = true;
  let isOverdue = false;
  const tell = (check: string, findings: readonly Finding[]) => {
    report.found(check, findings);
    isWell &&= findings.every(({ status }) => status !== "failed");
  };
  tell("Node", [nodeFinding(process.versions.node)]);
  const read = await readConfig(context, command);
  tell("configuration", read.findings);
  report.waiting("checks");
  const { CHECKS } = await import("./doctor/all.ts");
  const { survey } = await import("./doctor/installation.ts");
  const installation = read.config && survey(read.config, context);
  const onOverdue = () => (isOverdue = true);
  const running = CHECKS.map((check) => ({ check, findings: findingsOf(check, installation, onOverdue) }));
  for (const { check, findings } of running) {
    report.waiting(check.name);
    tell(check.name, await findings);
  }
  report.end(isWell);
  return { isWell, isOverdue };
}

async function readConfig(
  context: CliContext,
  command: Command,
): Promise<{ config?: Config; findings: Finding[] }> {
  try {
    return { config: await loadConfigOf(context, command), findings: [ok("valid")] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fix =
      "correct it there; docs/configuration.md has every setting, `signet config print` what is set";
    return { findings: error.message.split("\n").map((problem) => failed(problem, fix)) };
  }
}

/** What a check didn't foresee, or doesn't end in time, is its own failure and not the others'. */
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
      resolve([failed(`not done within ${DEADLINE_MS / 1000} s`, check.overdue)]);
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([check.run(installation), overdue]);
  } catch (error) {
    return [
      failed(systemReasonOf(error), "the check itself failed: fix what its text names, then run it again"),
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

/** On a terminal, what is waited for stands on a line that the finding then takes. */
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
      replace(isWell ? `nothing failed; warnings: ${warning}` : `failed: ${failures}; warnings: ${warning}`);
    },
  };
}

function findingLines(context: CliContext, check: string, { status, seen, fix }: Finding): string[] {
  const { mark, colour } = MARKS[status];
  // AWS's and the system's texts are shown as they are, but for what could move a terminal's cursor.
  const plain = seen.replace(/\p{Cc}/gu, " ");
  const head = `${context.isTerminal ? styleText(colour, mark) : mark} ${check.padEnd(NAME_WIDTH)}  ${plain}`;
  return fix === undefined ? [head] : [head, `${" ".repeat(NAME_WIDTH + 4)}fix: ${fix}`];
}
