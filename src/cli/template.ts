/** `signet delegation template`: the template of the role, for the account owner's tool of choice. */
import { Command, Option } from "commander";
import type { TemplateView } from "../admin/views/delegations.ts";
import { TEMPLATE_FORMATS, type TemplateFormat } from "../iam/render/formats.ts";
import type { CliContext } from "./context.ts";
import { example } from "./output.ts";
import { perform } from "./perform.ts";

interface TemplateOptions {
  format: TemplateFormat;
  principal?: string;
  json?: true;
}

export function templateCommand(context: CliContext): Command {
  return new Command("template")
    .description("print the template of a delegation's role, for the account owner")
    .argument("<name>")
    .addOption(
      new Option("--format <format>", "the tool to create the role with")
        .choices(TEMPLATE_FORMATS)
        .default("cloudformation"),
    )
    .option("--principal <arn>", "Signet's own user or role (default: as in the delegation)")
    .option("--json", "the same as --format json")
    .addHelpText(
      "after",
      example(
        "signet delegation template acme --format cloudformation > acme.yaml",
        "signet delegation template acme --format terraform > acme.tf",
        "signet delegation template acme --format cli > acme.sh",
      ),
    )
    .action(async (name: string, { format, principal, json }: TemplateOptions, own: Command) => {
      const { getTemplate } = await import("../admin/operations/delegations.ts");
      const query = principal === undefined ? {} : { principal };
      const template = await perform({ context, command: own }, getTemplate, { params: { name }, query });
      context.out(template.formats[json ? "json" : format].trimEnd());
      if (!json) noteUse(context, template, format);
    });
}

const USES: Record<TemplateFormat, (name: string) => string[]> = {
  json: () => [],
  cloudformation: (name) => [
    `aws cloudformation deploy --stack-name signet-${name} --template-file FILE \\`,
    "    --capabilities CAPABILITY_NAMED_IAM",
  ],
  terraform: () => ["terraform init && terraform apply   # in its own folder"],
  cli: () => ["sh FILE"],
};

function noteUse(
  context: CliContext,
  { delegation: name, account }: TemplateView,
  format: TemplateFormat,
): void {
  const lines = USES[format](name);
  if (lines.length > 0) context.note(`The owner of account ${account} creates the role:`);
  for (const line of lines) context.note(`  ${line}`);
  context.note(`Then verify it: signet delegation verify ${name}`);
}
