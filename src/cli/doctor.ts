/** `signet doctor`: looks over an installation, before `serve` or beside it, and says what mends what is wrong. */
import { styleText } from "node:util";
import { Command } from "commander";
import type { Config } from "../config/schema.ts";
import { ConfigError } from "../config/problems.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { failed, ok, reasonOf, type Check, type CheckStatus, type Finding } from "./doctor/check.ts";
import { example, printJson } from "./output.ts";

interface Checked extends Finding {
  check: string;
}

const MARKS: Record<CheckStatus, { mark: string; colour: "green" | "yellow" | "red" | "dim" }> = {
  ok: { mark: "✓", colour: "green" },
  warning: { mark: "!", colour: "yellow" },
  failed: { mark: "✗", colour: "red" },
  skipped: { mark: "-", colour: "dim" },
};

/** Older ones drop headers past a limit silently. Source: CVE-2026-58044. */
const LEAST_NODE = [24, 18, 1] as const;

export function doctorCommand(context: CliContext): Command {
  return new Command("doctor")
    .description(
      "check configuration, credentials, clock, AWS, store, audit log, listener and TLS, each with its mend",
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nIt changes nothing and may run beside `signet serve`.\nExit status: 0 where nothing failed, 1 otherwise.\n" +
        example("signet doctor"),
    )
    .action((options: { json?: true }, own: Command) => examine(context, own, options.json === true));
}

async function examine(context: CliContext, command: Command, json: boolean): Promise<void> {
  const results: Checked[] = [];
  const report = (check: string, findings: readonly Finding[]) => {
    for (const finding of findings) {
      results.push({ check, ...finding });
      if (!json) printFinding(context, check, finding);
    }
  };
  report("Node", [nodeFinding(process.versions.node)]);
  const config = await configOf(context, command, report);
  if (config) {
    // All at once, told in their order.
    const running = (await checks()).map((check) => ({ check, findings: guarded(check, config) }));
    for (const { check, findings } of running) report(check.name, await findings);
  }
  const isWell = results.every(({ status }) => status !== "failed");
  if (json) printJson(context, { ok: isWell, checks: results });
  if (!isWell) process.exitCode = 1;
}

async function configOf(
  context: CliContext,
  command: Command,
  report: (check: string, findings: Finding[]) => void,
): Promise<Config | undefined> {
  try {
    const config = await loadConfigOf(context, command);
    report("configuration", [ok("valid")]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const mend = "mend the configuration first: nothing else was looked at";
    report(
      "configuration",
      error.message.split("\n").map((problem) => failed(problem, mend)),
    );
    return undefined;
  }
}

async function checks(): Promise<Check[]> {
  const [{ credentialsCheck, regionCheck, stsCheck, bedrockCheck }, files, listener, { lentCheck }] =
    await Promise.all([
      import("./doctor/aws.ts"),
      import("./doctor/files.ts"),
      import("./doctor/listener.ts"),
      import("./doctor/lent.ts"),
    ]);
  const { storeCheck, auditCheck } = files;
  const { listenerCheck, tlsCheck } = listener;
  return [
    credentialsCheck,
    regionCheck,
    stsCheck,
    bedrockCheck,
    storeCheck,
    auditCheck,
    listenerCheck,
    tlsCheck,
    lentCheck,
  ];
}

/** What a check didn't foresee is a failure of that check, not of the others. */
async function guarded(check: Check, config: Config): Promise<Finding[]> {
  try {
    return await check.run(config);
  } catch (error) {
    return [failed(reasonOf(error), "this was not foreseen: please report it")];
  }
}

function nodeFinding(version: string): Finding {
  const parts = version.split(".").map(Number);
  const at = LEAST_NODE.findIndex((least, index) => parts[index] !== least);
  const isNewEnough = at < 0 || (parts[at] ?? 0) > (LEAST_NODE[at] ?? 0);
  if (isNewEnough) return ok(version);
  return failed(version, `use Node ${LEAST_NODE.join(".")} or later: older ones drop headers silently`);
}

function printFinding(context: CliContext, check: string, { status, seen, mend }: Finding): void {
  const { mark, colour } = MARKS[status];
  const shown = seen.replace(/\p{Cc}/gu, " ");
  context.out(`${context.isTerminal ? styleText(colour, mark) : mark} ${check.padEnd(15)}  ${shown}`);
  if (mend !== undefined) context.out(`${" ".repeat(19)}mend: ${mend}`);
}
