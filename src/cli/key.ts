/** `signet key`: the secrets that callers present. A secret is printed once, alone on stdout, and never stored. */
import { Command } from "commander";
import type { IssuedKeyView } from "../admin/views/keys.ts";
import type { CliContext } from "./context.ts";
import { noteHeld } from "./key-holders.ts";
import { addGrantOptions, grantFrom, type GrantOptions } from "./grant-options.ts";
import { dateText, example, printJson, printTable, stateText } from "./output.ts";
import { allPages, perform } from "./perform.ts";

interface CreateOptions extends GrantOptions {
  delegation?: string;
  expiresIn?: string;
  accessKeyPair?: true;
  json?: true;
}

interface ListOptions {
  client?: string;
  delegation?: string;
  json?: true;
}

export function keyCommand(context: CliContext): Command {
  return new Command("key")
    .description("manage the secrets that callers present")
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(rotateCommand(context))
    .addCommand(revokeCommand(context));
}

function createCommand(context: CliContext): Command {
  const command = new Command("create")
    .description("issue a key; its secret is printed once, on stdout")
    .argument("<client>")
    .option("--delegation <name>", "delegation it calls through; required if the client belongs to several")
    .option("--expires-in <duration>", "for example 12h or 90d (default: never)")
    .option(
      "--access-key-pair",
      "issue an access key id and a secret access key instead, for callers that sign with SigV4",
    );
  addGrantOptions(command, {
    model: "default: the client's",
    operation: "default: the client's",
    region: "default: the client's",
    setting: "default: the client's",
  });
  return command
    .option("--json", "print JSON, the secret included")
    .addHelpText(
      "after",
      example(
        "signet key create billing --expires-in 90d > billing.key",
        "signet key create billing --access-key-pair > billing.env",
      ),
    )
    .action(async (client: string, options: CreateOptions, own: Command) => {
      const { create } = await import("../admin/operations/keys.ts");
      const grant = grantFrom(options);
      const body = {
        client,
        ...(options.delegation !== undefined && { delegation: options.delegation }),
        ...(options.expiresIn !== undefined && { expiresIn: options.expiresIn }),
        ...(options.accessKeyPair && { kind: "access-key-pair" as const }),
        ...(grant && { grants: [grant] }),
      };
      const issued = await perform({ context, command: own }, create, { body });
      printIssued(context, issued, options);
    });
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the keys, without their secrets")
    .option("--client <name>", "only this client's")
    .option("--delegation <name>", "only this delegation's")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet key list --client billing"))
    .action(async ({ json, ...filter }: ListOptions, own: Command) => {
      const { list } = await import("../admin/operations/keys.ts");
      const where = { context, command: own };
      const keys = await allPages((page) => perform(where, list, { query: { ...filter, ...page } }));
      if (json) return printJson(context, keys);
      const rows = keys.map((key) => [
        key.id,
        key.client,
        key.delegation,
        key.accessKeyId ?? "secret",
        stateText(context, key.state),
        dateText(key.createdAt),
        dateText(key.expiresAt),
      ]);
      printTable(context, ["ID", "CLIENT", "DELEGATION", "KIND", "STATE", "CREATED", "EXPIRES"], rows);
    });
}

function rotateCommand(context: CliContext): Command {
  return new Command("rotate")
    .description("issue a new key; the old one stays valid for the overlap, then expires")
    .argument("<id>", "the 12 characters after sgk_; of a pair, as listed")
    .option("--overlap <duration>", "how long the old key stays valid: 0s, 12h, 7d (default: 24h)")
    .option("--json", "print JSON, the new secret included")
    .addHelpText("after", example("signet key rotate 3fQ0zJk81LmX --overlap 1h > billing.key"))
    .action(async (id: string, options: { overlap?: string; json?: true }, own: Command) => {
      const { rotate } = await import("../admin/operations/keys.ts");
      const body = options.overlap === undefined ? {} : { overlap: options.overlap };
      const where = { context, command: own };
      const { old, holders, ...issued } = await perform(where, rotate, {
        params: { id },
        body,
      });
      printIssued(context, issued, options);
      context.note(`The old key ${id} expires ${dateText(old.expiresAt)}.`);
      noteHeld(context, holders);
    });
}

function revokeCommand(context: CliContext): Command {
  return new Command("revoke")
    .description("revoke a key immediately and permanently; its running calls are cut off")
    .argument("<id>", "the 12 characters after sgk_; of a pair, as listed")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet key revoke 3fQ0zJk81LmX"))
    .action(async (id: string, options: { json?: true }, own: Command) => {
      const { revoke } = await import("../admin/operations/keys.ts");
      const where = { context, command: own };
      const { holders, ...key } = await perform(where, revoke, { params: { id } });
      if (options.json) printJson(context, key);
      else context.out(`${id} has been revoked since ${dateText(key.revokedAt)}`);
      noteHeld(context, holders);
    });
}

/** The one place where a secret leaves the command line. */
function printIssued(
  context: CliContext,
  { key, secret, secretAccessKey }: IssuedKeyView,
  options: { json?: true },
): void {
  if (options.json) return printJson(context, { ...key, secret, secretAccessKey });
  context.note(`Key ${key.id} of ${key.client} under ${key.delegation}, expires: ${dateText(key.expiresAt)}`);
  context.note("Its secret is shown only this once:");
  if (key.accessKeyId === undefined) return context.out(secret ?? "");
  // As AWS's SDKs and shells read them.
  context.out(`AWS_ACCESS_KEY_ID=${key.accessKeyId}`);
  context.out(`AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
}
