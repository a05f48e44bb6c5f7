/** `signet client`: the teams and applications that call. */
import { Command, Option } from "commander";
import type { ClientView } from "../admin/views/clients.ts";
import type { CliContext } from "./context.ts";
import { noteHeld } from "./key-holders.ts";
import { addGrantOptions, grantFrom, grantLines, type GrantOptions } from "./grant-options.ts";
import { dateText, example, printJson, printTable, stateText } from "./output.ts";
import { allPages, perform } from "./perform.ts";

interface AddOptions extends GrantOptions {
  delegation: string[];
  json?: true;
}

interface JoinOptions extends GrantOptions {
  delegation: string;
  json?: true;
}

const WIDER = {
  model: "default: the delegation's",
  operation: "default: the delegation's",
  region: "default: the delegation's",
  setting: "default: the delegation's",
};

export function clientCommand(context: CliContext): Command {
  return new Command("client")
    .description("manage the teams and applications that call")
    .addCommand(addCommand(context))
    .addCommand(joinCommand(context))
    .addCommand(listCommand(context))
    .addCommand(revokeCommand(context));
}

function addCommand(context: CliContext): Command {
  const command = new Command("add")
    .description("create a client of one or more delegations; grants given here narrow each delegation's")
    .argument("<name>", "2–57 of A–Z, a–z, 0–9 and _=,.@-")
    .addOption(
      new Option("--delegation <name>", "delegation it may use (repeatable)")
        .argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
        .makeOptionMandatory(),
    );
  return addGrantOptions(command, WIDER)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example("signet client add billing --delegation acme --model 'us.anthropic.claude-haiku-*'"),
    )
    .action(async (name: string, options: AddOptions, own: Command) => {
      const { create } = await import("../admin/operations/clients.ts");
      const grant = grantFrom(options);
      const delegations = options.delegation.map((delegation) => ({
        delegation,
        ...(grant && { grants: [grant] }),
      }));
      const client = await perform({ context, command: own }, create, { body: { name, delegations } });
      printClient(context, client, options);
    });
}

function joinCommand(context: CliContext): Command {
  const command = new Command("join")
    .description("add a delegation to an existing client")
    .argument("<name>")
    .requiredOption("--delegation <name>", "delegation it may use");
  return addGrantOptions(command, WIDER)
    .option("--json", "print JSON")
    .addHelpText("after", example("signet client join billing --delegation acme-eu"))
    .action(async (name: string, options: JoinOptions, own: Command) => {
      const { join } = await import("../admin/operations/clients.ts");
      const grant = grantFrom(options);
      const client = await perform({ context, command: own }, join, {
        params: { name },
        body: { delegation: options.delegation, ...(grant && { grants: [grant] }) },
      });
      printClient(context, client, options);
    });
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the clients, their delegations and grants")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet client list"))
    .action(async (options: { json?: true }, own: Command) => {
      const { list } = await import("../admin/operations/clients.ts");
      const where = { context, command: own };
      const clients = await allPages((page) => perform(where, list, { query: page }));
      if (options.json) return printJson(context, clients);
      printClients(context, clients);
    });
}

function revokeCommand(context: CliContext): Command {
  return new Command("revoke")
    .description(
      "revoke a client permanently: all of its keys are refused immediately, its running calls are cut off",
    )
    .argument("<name>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet client revoke billing"))
    .action(async (name: string, options: { json?: true }, own: Command) => {
      const { revoke } = await import("../admin/operations/clients.ts");
      const where = { context, command: own };
      const { holders, ...client } = await perform(where, revoke, {
        params: { name },
      });
      if (options.json) printJson(context, client);
      else context.out(`${name} has been revoked since ${dateText(client.revokedAt)}`);
      noteHeld(context, holders);
    });
}

function printClient(context: CliContext, client: ClientView, options: { json?: true }): void {
  if (options.json) return printJson(context, client);
  printClients(context, [client]);
  context.note(`Issue a key: signet key create ${client.name}`);
}

function printClients(context: CliContext, clients: readonly ClientView[]): void {
  const rows = clients.flatMap(({ name, delegations, createdAt, revokedAt }) =>
    delegations.map(({ delegation, grants }) => [
      name,
      stateText(context, revokedAt === undefined ? "active" : "revoked"),
      delegation,
      dateText(createdAt),
      grants === null ? "everything the delegation allows" : grantLines(grants).join("; "),
    ]),
  );
  printTable(context, ["NAME", "STATE", "DELEGATION", "CREATED", "GRANTS"], rows);
}
