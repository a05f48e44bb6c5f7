/** `signet alias`: the names that callers may use for a delegation's models. */
import { Command, Option } from "commander";
import type { DelegationView } from "../admin/views/delegations.ts";
import { MODEL_UPSTREAMS, type ModelUpstream } from "../core/delegation.ts";
import type { CliContext } from "./context.ts";
import { example, printJson, printTable } from "./output.ts";
import { perform } from "./perform.ts";

interface JsonOption {
  json?: true;
}

interface SetOptions extends JsonOption {
  base?: string;
  upstream?: ModelUpstream;
}

export function aliasCommand(context: CliContext): Command {
  return new Command("alias")
    .description("manage the names that callers may use for a delegation's models")
    .addCommand(setCommand(context))
    .addCommand(listCommand(context))
    .addCommand(removeCommand(context));
}

function setCommand(context: CliContext): Command {
  return new Command("set")
    .description("set a name that callers may use for a model; grants still decide whether they may call it")
    .argument("<delegation>")
    .argument("<name>", "what callers send as the model, e.g. claude-sonnet or gpt-4o")
    .argument("<model>", "a model id, an inference profile's id or an ARN")
    .option(
      "--base <id>",
      "the foundation model behind an ARN that doesn't name it, e.g. an application profile's",
    )
    .addOption(
      new Option(
        "--upstream <endpoint>",
        "converse: translated by Signet; the others: AWS endpoints that speak OpenAI's or Anthropic's protocol",
      ).choices(MODEL_UPSTREAMS),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example(
        "signet alias set acme claude-sonnet us.anthropic.claude-sonnet-4-6",
        "signet alias set acme gpt-oss openai.gpt-oss-20b --upstream bedrock-mantle",
      ),
    )
    .action(async (delegation: string, name: string, model: string, options: SetOptions, own: Command) => {
      const { set } = await import("../admin/operations/aliases.ts");
      const { base, upstream } = options;
      const after = await perform({ context, command: own }, set, {
        params: { name: delegation, alias: name },
        body: { model, ...(base && { base }), ...(upstream && { upstream }) },
      });
      printAliases(context, after, options);
    });
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list a delegation's aliases")
    .argument("<delegation>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet alias list acme"))
    .action(async (name: string, options: JsonOption, own: Command) => {
      const { get } = await import("../admin/operations/delegations.ts");
      const found = await perform({ context, command: own }, get, { params: { name } });
      printAliases(context, found, options);
    });
}

function removeCommand(context: CliContext): Command {
  return new Command("remove")
    .description("remove an alias")
    .argument("<delegation>")
    .argument("<name>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet alias remove acme claude-sonnet"))
    .action(async (delegation: string, name: string, options: JsonOption, own: Command) => {
      const { remove } = await import("../admin/operations/aliases.ts");
      const params = { name: delegation, alias: name };
      const after = await perform({ context, command: own }, remove, { params });
      printAliases(context, after, options);
    });
}

function printAliases(
  context: CliContext,
  { aliases }: Pick<DelegationView, "aliases">,
  options: JsonOption,
): void {
  if (options.json) return printJson(context, aliases);
  const rows = aliases.map(({ name, model, base, upstream }) => [
    name,
    model,
    base ?? "-",
    upstream ?? "converse",
  ]);
  printTable(context, ["NAME", "MODEL", "BASE", "UPSTREAM"], rows);
}
