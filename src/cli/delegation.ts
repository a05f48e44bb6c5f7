/** `signet delegation`: the AWS roles delegated to Signet, from creation to revocation. */
import { Command } from "commander";
import type { DelegationView } from "../admin/views/delegations.ts";
import type { CliContext } from "./context.ts";
import { createCommand } from "./delegation-create.ts";
import { addDelegationOptions, editInput, type DelegationOptions } from "./delegation-options.ts";
import { printDelegation } from "./delegation-show.ts";
import { proveRevokedCommand } from "./delegation-prove.ts";
import { revokeCommand, rotateExternalIdCommand, suspendCommand } from "./delegation-states.ts";
import { example, printJson, printTable, stateText } from "./output.ts";
import { allPages, perform } from "./perform.ts";
import { templateCommand } from "./template.ts";
import { resumeCommand, verifyCommand } from "./verify.ts";

interface JsonOption {
  json?: true;
}

export function delegationCommand(context: CliContext): Command {
  return new Command("delegation")
    .description("manage the AWS roles delegated to Signet, and what they allow")
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(templateCommand(context))
    .addCommand(verifyCommand(context))
    .addCommand(editCommand(context))
    .addCommand(rotateExternalIdCommand(context))
    .addCommand(suspendCommand(context))
    .addCommand(resumeCommand(context))
    .addCommand(revokeCommand(context))
    .addCommand(proveRevokedCommand(context));
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the delegations; `show` has their External IDs")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation list"))
    .action(async (options: JsonOption, own: Command) => {
      const { list } = await import("../admin/operations/delegations.ts");
      const where = { context, command: own };
      const all = await allPages((page) => perform(where, list, { query: page }));
      if (options.json) return printJson(context, all.map(withoutExternalIds));
      const rows = all.map((row) => [
        row.name,
        stateText(context, row.state),
        row.account,
        row.region,
        row.roleArn ?? "-",
      ]);
      printTable(context, ["NAME", "STATE", "ACCOUNT", "REGION", "ROLE"], rows);
    });
}

function withoutExternalIds(delegation: DelegationView) {
  const { externalId: _current, nextExternalId: _next, previousExternalId: _previous, ...rest } = delegation;
  return rest;
}

function showCommand(context: CliContext): Command {
  return new Command("show")
    .description("show a delegation with its External ID and latest verification")
    .argument("<name>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation show acme"))
    .action(async (name: string, options: JsonOption, own: Command) => {
      const { get, getVerification } = await import("../admin/operations/delegations.ts");
      const where = { context, command: own };
      const found = await perform(where, get, { params: { name } });
      const verification = await perform(where, getVerification, { params: { name } }).catch(unlessNone);
      if (options.json) return printJson(context, { ...found, verification: verification ?? null });
      printDelegation(context, found, verification);
    });
}

/** A delegation that was never verified has no verification. */
function unlessNone(thrown: unknown): undefined {
  if (thrown instanceof Error && "code" in thrown && thrown.code === "not_found") return undefined;
  throw thrown;
}

function editCommand(context: CliContext): Command {
  const command = new Command("edit")
    .description(
      "change a delegation; a different role makes it pending again, a different account gets a new External ID",
    )
    .argument("<name>");
  return addDelegationOptions(command, "unchanged")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example(
        "signet delegation edit acme --model 'us.anthropic.claude-*' --model amazon.nova-lite-v1:0",
        "signet delegation edit acme --role-arn arn:aws:iam::111122223333:role/bedrock",
      ),
    )
    .action(async (name: string, options: DelegationOptions & JsonOption, own: Command) => {
      const { edit } = await import("../admin/operations/delegations.ts");
      const asked = { params: { name }, body: editInput(options) };
      const after = await perform({ context, command: own }, edit, asked);
      if (options.json) return printJson(context, after);
      printDelegation(context, after);
      context.note("");
      if (after.roleArn !== undefined)
        context.note(`Template of the role as it must be now: signet delegation template ${name}`);
      context.note(`Verify it: signet delegation verify ${name}`);
    });
}
