/** `signet delegation template`: the role that the account owner makes, for the tool that they make it with. */
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
    .description("print the role of a delegation, for the account owner to make")
    .argument("<name>")
    .addOption(
      new Option("--format <format>", "the tool that it is for")
        .choices(TEMPLATE_FORMATS)
        .default("cloudformation"),
    )
    .option("--principal <arn>", "Signet's own user or role (default: as the delegation says)")
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
  terraform: () => ["terraform init && terraform apply   # in a folder of its own"],
  cli: () => ["sh FILE"],
};

function noteUse(
  context: CliContext,
  { delegation: name, account }: TemplateView,
  format: TemplateFormat,
): void {
  const lines = USES[format](name);
  if (lines.length > 0) context.note(`The owner of account ${account} makes the role:`);
  for (const line of lines) context.note(`  ${line}`);
  context.note(`Then prove it: signet delegation verify ${name}`);
}
