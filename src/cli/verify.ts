/** `signet delegation verify` and `resume`: verification by probes, and its consequences. */
import { Command } from "commander";
import type { verify } from "../admin/operations/verification.ts";
import type { Answer } from "../admin/route.ts";
import type { DelegationView } from "../admin/views/delegations.ts";
import type { ProbeView } from "../admin/views/verifications.ts";
import type { CliContext } from "./context.ts";
import { example, printJson } from "./output.ts";
import { perform, type Where } from "./perform.ts";
import { probeLines, verdictLine } from "./probe-report.ts";

interface VerifyOptions {
  deep?: true;
  probeModel?: string;
  activate: boolean;
  json?: true;
}

export function verifyCommand(context: CliContext): Command {
  return new Command("verify")
    .description("verify the role by probes; a pending delegation that passes becomes active")
    .argument("<name>")
    .option("--deep", "also try a few read-only actions outside Bedrock, which must be denied")
    .option("--probe-model <model>", "model to call first, preferably one that production doesn't use")
    .option("--no-activate", "verify without changing state")
    .option("--json", "print JSON; progress goes to stderr")
    .addHelpText(
      "after",
      "\nA pattern is represented by models that are offered today: named in grants and aliases, listed by the account, known to\n" +
        "the catalogue, cheap ones first; up to six are tried before a verdict. Each call asks for one token.\n" +
        "Exit status: 0 if every required probe passed, 1 otherwise.\n" +
        example("signet delegation verify acme --probe-model amazon.nova-micro-v1:0"),
    )
    .action(async (name: string, { deep, activate, probeModel, json }: VerifyOptions, own: Command) => {
      const { verify } = await import("../admin/operations/verification.ts");
      const body = { activate, ...(deep && { deep }), ...(probeModel !== undefined && { probeModel }) };
      const where = { context, command: own };
      await report(where, json, (show) => perform(where, verify, { params: { name }, body }, show));
    });
}

export function resumeCommand(context: CliContext): Command {
  return new Command("resume")
    .description("resume a suspended delegation after verifying that its role requires the External ID")
    .argument("<name>")
    .option("--json", "print JSON; progress goes to stderr")
    .addHelpText("after", example("signet delegation resume acme"))
    .action(async (name: string, { json }: { json?: true }, own: Command) => {
      const { resume } = await import("../admin/operations/verification.ts");
      const where = { context, command: own };
      await report(where, json, (show) => perform(where, resume, { params: { name } }, show));
    });
}

async function report(
  { context }: Where,
  json: true | undefined,
  verifying: (show: (probe: ProbeView) => void) => Promise<Answer<typeof verify>>,
): Promise<void> {
  const show = (line: string) => (json ? context.note(line) : context.out(line));
  const { verification, before, delegation } = await verifying((probe) =>
    probeLines(context, probe).forEach(show),
  );
  if (json) printJson(context, { ...verification, state: delegation.state });
  else context.out(verdictLine(verification));
  for (const line of consequences(before, delegation)) show(line);
  if (verification.verdict !== "pass") context.fail();
}

function consequences(before: DelegationView, after: DelegationView): string[] {
  const { name } = after;
  const lines: string[] = [];
  if (after.externalId !== before.externalId)
    lines.push(
      `${name} uses its new External ID from now on.`,
      `The account owner can remove the old one from the trust policy: signet policy trust ${name}`,
    );
  if (before.previousExternalId !== undefined && after.previousExternalId === undefined)
    lines.push("The rotation is complete: the role rejects the previous External ID.");
  if (after.state === "suspended" && before.state !== "suspended" && after.stateReason !== undefined)
    lines.push(`Suspended: ${after.stateReason}.`);
  const stays = before.state === after.state ? "stays" : "is now";
  lines.push(`${name} ${stays} ${after.state}${after.state === "active" ? "" : ": its callers are refused"}`);
  return lines;
}
