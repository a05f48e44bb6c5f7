/** `signet delegation create`: from choices to a pending delegation and the template of its role. */
import { Command, Option } from "commander";
import type { DelegationView } from "../admin/views/delegations.ts";
import type { DelegationInput } from "../registry/input.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { addDelegationOptions, createInput, type DelegationOptions } from "./delegation-options.ts";
import { printDelegation } from "./delegation-show.ts";
import { TEMPLATE_FORMATS, type TemplateFormat } from "../iam/render/formats.ts";
import { example, printJson } from "./output.ts";
import { perform, remoteOf, type Where } from "./perform.ts";

interface CreateOptions extends DelegationOptions {
  account?: string;
  /** False where `--no-role` is given. */
  role: boolean;
  roleName?: string;
  template?: TemplateFormat;
  json?: true;
}

export function createCommand(context: CliContext): Command {
  const command = new Command("create")
    .description("create a pending delegation; without a name, prompts for its settings on a terminal")
    .argument("[name]", "2–40 of a–z, 0–9 and -")
    .option("--account <id>", "12-digit AWS account whose Bedrock is used")
    .option("--role-name <name>", "name of the role that the account owner creates (default: signet-<name>)")
    .option("--no-role", "use no role: calls are signed with Signet's own credentials, nothing is delegated");
  return addDelegationOptions(command, "default")
    .addOption(
      new Option("--template <format>", "print the role's template instead").choices(TEMPLATE_FORMATS),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example(
        "signet delegation create",
        "signet delegation create acme --account 111122223333 --region us-east-1 \\",
        "    --model 'us.anthropic.claude-*' --model amazon.nova-lite-v1:0",
      ),
    )
    .action(async (name: string | undefined, options: CreateOptions, own: Command) => {
      const input = await inputOf(context, own, name, options);
      const { create } = await import("../admin/operations/delegations.ts");
      const where = { context, command: own };
      const created = await perform({ ...where, create: true }, create, { body: input });
      await printCreated(where, created, options);
    });
}

async function inputOf(
  context: CliContext,
  command: Command,
  name: string | undefined,
  options: CreateOptions,
): Promise<DelegationInput> {
  const region = options.region ?? (await defaultRegion({ context, command }));
  const asked = name === undefined ? await askedFor(context, command, region) : undefined;
  if (asked) return asked;
  const known = { ...options, ...(region === undefined ? {} : { region }) };
  return { ...createInput(name ?? "", known), ...roleOf(name ?? "", options) };
}

/** This machine's, or none where a server decides. */
async function defaultRegion(where: Where): Promise<string | undefined> {
  return remoteOf(where) ? undefined : (await loadConfigOf(where.context, where.command)).aws.region;
}

function roleOf(name: string, { account, role, roleArn, roleName }: CreateOptions): Partial<DelegationInput> {
  const ofAccount = account === undefined ? {} : { account };
  if (!role || roleArn !== undefined) return ofAccount;
  return { ...ofAccount, roleName: roleName ?? `signet-${name}` };
}

async function askedFor(context: CliContext, command: Command, region: string | undefined) {
  if (!context.isInteractive) command.error("error: missing required argument 'name'");
  const { askForDelegation } = await import("./delegation-ask.ts");
  return askForDelegation(region);
}

async function printCreated(
  where: Where,
  created: DelegationView,
  { template, json }: CreateOptions,
): Promise<void> {
  const { context } = where;
  if (template !== undefined) {
    const { getTemplate } = await import("../admin/operations/delegations.ts");
    const { formats } = await perform(where, getTemplate, { params: { name: created.name } });
    context.out(formats[template].trimEnd());
  } else if (json) printJson(context, created);
  else printDelegation(context, created);
  context.note("");
  const { unreachable } = await import("../registry/unreachable.ts");
  for (const { pattern, regions } of unreachable(created.grants))
    context.note(
      `warning: by Signet's catalogue, nothing that ${pattern} names can be called from the granted regions, only from: ${regions.join(", ")}`,
    );
  if (created.roleArn === undefined) {
    context.note("This delegation has no role: its calls are signed with Signet's own credentials.");
  } else if (template === undefined) {
    context.note("Next, the account owner creates the role with one of:");
    for (const format of ["cloudformation", "terraform", "cli"])
      context.note(`  signet delegation template ${created.name} --format ${format}`);
  }
  if (
    created.role.asyncOutput === undefined &&
    created.grants.some(({ operations }) => operations.includes("StartAsyncInvoke"))
  )
    context.note(
      `No job can be started before there is a place for results: signet delegation edit ${created.name} --async-output <bucket/prefix>`,
    );
  context.note(`Then verify and activate it: signet delegation verify ${created.name}`);
}
