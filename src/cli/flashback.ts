/** `signet flashback`: the fields of an AI LLM configuration, and configurations created through Flashback's platform API. */
import { Command } from "commander";
import type { FlashbackConnection } from "../store/flashback.ts";
import { notFound } from "../registry/errors.ts";
import { platformFor } from "../flashback/configured.ts";
import type { Platform } from "../flashback/platform.ts";
import { loadConfigOf, operator, withStore, type CliContext } from "./context.ts";
import {
  keyIssuer,
  keyOf,
  publicUrlOf,
  requireOneKey,
  withKeyOptions,
  type KeyOptions,
} from "./flashback-key.ts";
import { dateText, example, printFields, printJson, printTable } from "./output.ts";

interface ConnectOptions extends KeyOptions {
  name: string;
  workspace: string;
}

export function flashbackCommand(context: CliContext): Command {
  return new Command("flashback")
    .description(
      "connect Flashback: show the fields to enter, or create a configuration through its platform API",
    )
    .addCommand(fieldsCommand(context))
    .addCommand(connectCommand(context))
    .addCommand(listCommand(context))
    .addCommand(disconnectCommand(context));
}

function fieldsCommand(context: CliContext): Command {
  return withKeyOptions(
    new Command("fields").description("print exactly what to enter in Flashback for a key"),
  )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example(
        "signet flashback fields --type OPENAI --new-key app",
        "signet flashback fields --type ANTHROPIC --key 3fQ0zJk81LmX < app.key",
        "signet flashback fields --type AWS --new-key app",
      ),
    )
    .action(async (options: KeyOptions, own: Command) => {
      requireOneKey(own, options);
      const { flashbackFields } = await import("../flashback/fields.ts");
      const publicUrl = await publicUrlOf(context, own, options);
      const issuer = keyIssuer(context, own);
      const presented = await withStore(context, own, (store) => keyOf(context, store, options, issuer));
      const fields = flashbackFields(options.type, publicUrl, presented);
      if (options.json)
        return printJson(context, Object.fromEntries(fields.map(({ field, value }) => [field, value])));
      printFields(
        context,
        fields.map(({ field, value }) => [field, value] as const),
      );
    });
}

function connectCommand(context: CliContext): Command {
  return withKeyOptions(
    new Command("connect").description(
      "create a configuration in Flashback and validate it; it follows the key's rotation and revocation",
    ),
  )
    .requiredOption("--name <name>", "its name in Flashback")
    .requiredOption("--workspace <id>", "Flashback's workspaceId")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nNeeds flashback.url and flashback.tokenFile in the configuration.\n" +
        example("signet flashback connect --type OPENAI --new-key app --name bedrock --workspace 42"),
    )
    .action(async (options: ConnectOptions, own: Command) => {
      requireOneKey(own, options);
      const [{ connectFlashback }, { revokeKey }] = await Promise.all([
        import("../flashback/connect.ts"),
        import("../registry/keys.ts"),
      ]);
      const platform = await platformOf(context, own);
      const publicUrl = await publicUrlOf(context, own, options);
      const issuer = keyIssuer(context, own);
      const connection = await withStore(context, own, async (store) => {
        const presented = await keyOf(context, store, options, issuer);
        const { key } = presented;
        const { type, name, workspace: workspaceId } = options;
        const input = { type, name, workspaceId, publicUrl, ...presented };
        const parts = { store, platform, operator: operator(context) };
        return connectFlashback(parts, input, (step) => context.note(step)).catch(async (error: unknown) => {
          // The new key is useless without its configuration.
          if (options.newKey !== undefined) {
            await revokeKey(store, key, operator(context));
            context.note(`the new key ${key} is revoked`);
          }
          throw error;
        });
      });
      if (options.json) return printJson(context, connection);
      context.out(`${connection.name} is connected as ${connection.aiLlmId}, by key ${connection.key}`);
    });
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the configurations in Flashback that hold one of Signet's keys")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet flashback list"))
    .action(async (options: { json?: true }, own: Command) => {
      const all = await withStore(context, own, (store) => store.flashback.list());
      if (options.json) return printJson(context, all);
      printTable(context, ["ID", "NAME", "TYPE", "KEY", "ENDPOINT", "CREATED"], all.map(row));
    });
}

function row({ aiLlmId, name, aiType, key, endpoint, createdAt }: FlashbackConnection): string[] {
  return [aiLlmId, name, aiType, key, endpoint, dateText(createdAt)];
}

function disconnectCommand(context: CliContext): Command {
  return new Command("disconnect")
    .description("remove a configuration from Flashback; its key stays valid until it is revoked")
    .argument("<aiLlmId>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet flashback disconnect 8f14e45f"))
    .action(async (aiLlmId: string, options: { json?: true }, own: Command) => {
      const { disconnectFlashback } = await import("../flashback/connect.ts");
      const platform = await platformOf(context, own);
      const connection = await withStore(context, own, async (store) => {
        const found = await store.flashback.get(aiLlmId);
        if (!found) throw notFound("aiLlmId", aiLlmId);
        await disconnectFlashback({ store, platform, operator: operator(context) }, found);
        return found;
      });
      if (options.json) return printJson(context, connection);
      context.out(`${connection.name} is removed from Flashback`);
      context.note(`Its key is still valid: signet key revoke ${connection.key}`);
    });
}

/** Flashback's platform API as configured. Throws OperatorError naming the setting that is missing. */
export async function platformOf(context: CliContext, command: Command): Promise<Platform> {
  return platformFor((await loadConfigOf(context, command)).flashback);
}
