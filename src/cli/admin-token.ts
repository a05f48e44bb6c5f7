/** `signet admin-token`: access to the admin API and the console. A secret is printed once, alone on stdout. */
import { Command, Option } from "commander";
import type { Role } from "../core/admin.ts";
import { ROLES } from "../core/admin.ts";
import type { CliContext } from "./context.ts";
import { dateText, example, printJson, printTable, stateText } from "./output.ts";
import { allPages, perform } from "./perform.ts";

interface JsonOption {
  json?: true;
}

export function adminTokenCommand(context: CliContext): Command {
  return new Command("admin-token")
    .description("manage access to the console and the admin API")
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(revokeCommand(context));
}

function createCommand(context: CliContext): Command {
  return new Command("create")
    .description("create a token for a person or a program; it is printed once, on stdout")
    .argument("<name>", "2–40 of a–z, 0–9 and -; shown in the audit log")
    .addOption(
      new Option(
        "--role <role>",
        "viewer: read only; operator: manages delegations, clients and keys; admin: also manages access",
      )
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option("--expires-in <duration>", "for example 12h or 90d (default: 90d)")
    .option("--json", "print JSON, the secret included")
    .addHelpText("after", example("signet admin-token create alice --role admin > alice.token"))
    .action(async (name: string, options: JsonOption & { role: Role; expiresIn?: string }, own: Command) => {
      const { create } = await import("../admin/operations/admin-tokens.ts");
      const { role, expiresIn, json } = options;
      const body = { name, role, ...(expiresIn !== undefined && { expiresIn }) };
      const where = { context, command: own };
      const { token, secret } = await perform({ ...where, create: true }, create, { body });
      if (json) return printJson(context, { ...token, secret });
      context.note(`Admin token ${token.id} (${name}, ${role}), expires: ${dateText(token.expiresAt)}`);
      context.note("It is shown only this once:");
      context.out(secret);
    });
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the admin tokens, without their secrets")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet admin-token list"))
    .action(async ({ json }: JsonOption, own: Command) => {
      const { list } = await import("../admin/operations/admin-tokens.ts");
      const where = { context, command: own };
      const tokens = await allPages((page) => perform(where, list, { query: page }));
      if (json) return printJson(context, tokens);
      const rows = tokens.map(({ id, name, role, state, expiresAt }) => [
        id,
        name,
        role,
        stateText(context, state),
        dateText(expiresAt),
      ]);
      printTable(context, ["ID", "NAME", "ROLE", "STATE", "EXPIRES"], rows);
    });
}

function revokeCommand(context: CliContext): Command {
  return new Command("revoke")
    .description("revoke a token immediately; console sessions started with it end")
    .argument("<id>", "the 12 characters after sga_")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet admin-token revoke 3fQ0zJk81LmX"))
    .action(async (id: string, { json }: JsonOption, own: Command) => {
      const { revoke } = await import("../admin/operations/admin-tokens.ts");
      const where = { context, command: own };
      const token = await perform(where, revoke, { params: { id } });
      if (json) return printJson(context, token);
      context.out(`${token.name} has been revoked since ${dateText(token.revokedAt)}`);
    });
}
