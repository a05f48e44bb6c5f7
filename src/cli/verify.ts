/** `signet delegation verify` and `resume`: proof by probes, and what follows from it. */
import { Command } from "commander";
import type { Delegation } from "../core/delegation.ts";
import type { Verification } from "../core/verification.ts";
import type { ProbeParts } from "../probes/parts.ts";
import { loadConfigOf, operator, withStore, type CliContext } from "./context.ts";
import { example, printJson } from "./output.ts";
import { probeLines, verdictLine } from "./probe-report.ts";

interface VerifyOptions {
  deep?: true;
  probeModel?: string;
  activate: boolean;
  json?: true;
}

export function verifyCommand(context: CliContext): Command {
  return new Command("verify")
    .description("prove by probes what the role does; a pending delegation that passes becomes active")
    .argument("<name>")
    .option("--deep", "also ask for a few read-only things outside Bedrock, which must be denied")
    .option("--probe-model <model>", "model to call first, best one that production doesn't use")
    .option("--no-activate", "only look: change no state")
    .option("--json", "print JSON; progress goes to stderr")
    .addHelpText(
      "after",
      "\nExit status: 0 where every required probe passed, 1 otherwise. Each model is called once, for one token.\n" +
        example("signet delegation verify acme --probe-model amazon.nova-micro-v1:0"),
    )
    .action((name: string, options: VerifyOptions, own: Command) =>
      run(context, own, name, { scope: "full", ...options }),
    );
}

export function resumeCommand(context: CliContext): Command {
  return new Command("resume")
    .description("put a suspended delegation in use again, by proof that its role demands the External ID")
    .argument("<name>")
    .option("--json", "print JSON; progress goes to stderr")
    .addHelpText("after", example("signet delegation resume acme"))
    .action((name: string, options: { json?: true }, own: Command) =>
      run(context, own, name, { scope: "enforcement", activate: true, ...options }),
    );
}

async function run(
  context: CliContext,
  command: Command,
  name: string,
  options: VerifyOptions & { scope: Verification["scope"] },
): Promise<void> {
  const [{ verifyDelegation }, { recordVerification }, { notFound, wrongState }] = await Promise.all([
    import("../probes/verify.ts"),
    import("../delegations/verified.ts"),
    import("../delegations/errors.ts"),
  ]);
  const config = await loadConfigOf(context, command);
  const probeModel = options.probeModel ?? config.verification.probeModel;
  const show = (line: string) => (options.json ? context.note(line) : context.out(line));
  await withStore(context, command, async (store) => {
    const verified = await store.delegations.get(name);
    if (!verified) throw notFound("delegation", name);
    if (options.scope === "enforcement" && verified.state !== "suspended")
      throw wrongState("delegation", `${name} is ${verified.state}, not suspended`);
    const verification = await verifyDelegation(
      await probeParts(context, command),
      verified,
      {
        scope: options.scope,
        deep: options.deep === true,
        ...(probeModel === undefined ? {} : { probeModel }),
      },
      (result) => probeLines(context, result).forEach(show),
    );
    const { activate } = options;
    const after = await recordVerification(store, { verified, verification, activate }, operator());
    if (options.json) printJson(context, { ...verification, state: after.state });
    else context.out(verdictLine(verification));
    for (const line of consequences(verified, after)) show(line);
    if (verification.verdict !== "pass") process.exitCode = 1;
  });
}

/** What probes are made with, as configured. */
export async function probeParts(context: CliContext, command: Command): Promise<ProbeParts> {
  const [{ systemClock }, { awsSource }] = await Promise.all([
    import("../core/clock.ts"),
    import("./principal.ts"),
  ]);
  const { aws } = await loadConfigOf(context, command);
  return { source: await awsSource(aws), clock: systemClock, aws };
}

function consequences(before: Delegation, after: Delegation): string[] {
  const { name } = after;
  const lines: string[] = [];
  if (after.externalId !== before.externalId)
    lines.push(
      `${name} uses its new External ID from now on.`,
      `The account owner can take the old one out of the trust policy: signet policy trust ${name}`,
    );
  if (before.previousExternalId !== undefined && after.previousExternalId === undefined)
    lines.push("The rotation is done: the role refuses the previous External ID.");
  if (after.state === "suspended" && before.state !== "suspended" && after.stateReason !== undefined)
    lines.push(`Suspended: ${after.stateReason}.`);
  const stays = before.state === after.state ? "stays" : "is now";
  lines.push(`${name} ${stays} ${after.state}${after.state === "active" ? "" : ": its callers are refused"}`);
  return lines;
}
