/** `signet delegation prove-revoked`: watches until AWS accepts neither the role nor an old session of it. */
import { Command, InvalidArgumentError, Option } from "commander";
import { pause } from "../core/clock.ts";
import { withStore, type CliContext } from "./context.ts";
import { example, printJson } from "./output.ts";
import { probeLines, verdictLine } from "./probe-report.ts";
import { probeParts } from "./probe-parts.ts";

/** IAM's changes take seconds to minutes to reach everywhere. */
const DEFAULT_WAIT = "10m";
const POLL_MS = 5_000;

interface ProveOptions {
  wait: number;
  json?: true;
}

export function proveRevokedCommand(context: CliContext): Command {
  return new Command("prove-revoked")
    .description(
      "verify that the role can't be assumed and an old session is denied, once the owner has acted",
    )
    .argument("<name>")
    .addOption(
      new Option("--wait <duration>", "how long to keep trying: 0s, 10m")
        .argParser(milliseconds)
        .default(milliseconds(DEFAULT_WAIT), DEFAULT_WAIT),
    )
    .option("--json", "print JSON; progress goes to stderr")
    .addHelpText(
      "after",
      "\nIf the role can still be assumed, a session of it is kept in memory to see it denied.\n" +
        "Exit status: 0 if both are denied, 1 otherwise.\n" +
        example("signet delegation prove-revoked acme --wait 5m"),
    )
    .action((name: string, options: ProveOptions, own: Command) => prove(context, own, name, options));
}

async function prove(
  context: CliContext,
  command: Command,
  name: string,
  { wait, json }: ProveOptions,
): Promise<void> {
  const [{ checkRevoked, holdSession }, { notFound, wrongState }] = await Promise.all([
    import("../probes/revoked.ts"),
    import("../registry/errors.ts"),
  ]);
  const delegation = await withStore(context, command, (store) => store.delegations.get(name));
  if (!delegation) throw notFound("delegation", name);
  if (delegation.roleArn === undefined) throw wrongState("delegation", `${name} has no role to revoke`);
  if (delegation.state === "active")
    throw wrongState("delegation", `${name} is active: revoke or suspend it first`);
  const parts = await probeParts(context, command);
  const show = (line: string) => (json ? context.note(line) : context.out(line));
  const held = await holdSession(parts, delegation);
  const deadline = context.clock.monotonic() + wait;
  const seen = new Map<string, string>();
  let found = await checkRevoked(parts, delegation, held);
  for (;;) {
    for (const result of found.probes) {
      if (seen.get(result.probe) === result.status) continue;
      seen.set(result.probe, result.status);
      for (const line of probeLines(context, result)) show(line);
    }
    if (found.status !== "fail" || context.clock.monotonic() + POLL_MS > deadline) break;
    await pause(context.clock, POLL_MS);
    found = await checkRevoked(parts, delegation, held);
  }
  if (json) printJson(context, found);
  else context.out(verdictLine({ verdict: found.status, probes: found.probes }));
  if (found.status !== "pass") context.fail();
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

function milliseconds(text: string): number {
  const [, count, unit] = /^([0-9]{1,4})([smh])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("It must be a duration such as 0s, 5m or 1h.");
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}
