/** `signet delegation`: the AWS roles lent to Signet. */
import { Command, InvalidArgumentError } from "commander";
import type { Delegation } from "../core/delegation.ts";
import type { DelegationInput } from "../delegations/input.ts";
import { loadConfigOf, withStore, type CliContext } from "./context.ts";
import { addGrantOptions, grantFrom, grantLines, type GrantOptions } from "./grant-options.ts";
import { dateText, example, printFields, printJson, printTable, stateText } from "./output.ts";

interface AddOptions extends GrantOptions {
  roleArn?: string;
  account?: string;
  region?: string;
  sessionDuration?: number;
  tag?: [string, string][];
  sourceIdentity?: string;
  recordContent?: true;
  activate?: true;
  json?: true;
}

interface JsonOption {
  json?: true;
}

export function delegationCommand(context: CliContext): Command {
  return new Command("delegation")
    .description("the AWS roles lent to Signet, and what they allow")
    .addCommand(addCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(activateCommand(context))
    .addCommand(removeCommand(context));
}

function addCommand(context: CliContext): Command {
  const command = new Command("add")
    .description("add a delegation; it is pending until its role is known to enforce the External ID")
    .argument("<name>", "2–40 of a–z, 0–9 and -")
    .option("--role-arn <arn>", "role to assume; without it, Signet's own AWS credentials are used")
    .option("--account <id>", "12-digit account; needed without a role")
    .option("--region <region>", "region that calls go to (default: AWS_REGION)");
  addGrantOptions(
    command,
    {
      model: "required",
      operation: "default: InvokeModel, Converse, both with streaming, and CountTokens",
      region: "default: --region",
      header: "default: none",
    },
    true,
  );
  return command
    .option(
      "--session-duration <seconds>",
      "900–43200, at most 3600 with role chaining (default: 3600)",
      wholeNumber,
    )
    .option("--tag <key=value>", "session tag (repeatable)", tagPair)
    .option("--source-identity <text>", "SourceIdentity of the sessions")
    .option("--record-content", "record prompts and completions in the audit log")
    .option("--activate", "put it in use at once: I have checked that the role enforces its External ID")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example(
        "signet delegation add acme --role-arn arn:aws:iam::111122223333:role/signet \\",
        "    --region us-east-1 --model 'us.anthropic.claude-*' --model amazon.nova-lite-v1:0",
      ),
    )
    .action(async (name: string, options: AddOptions, own: Command) => {
      const region = options.region ?? (await loadConfigOf(context, own)).aws.region;
      const { addDelegation, activateDelegation } = await import("../delegations/delegations.ts");
      const added = await withStore(
        context,
        own,
        async (store) => {
          const pending = await addDelegation(store, inputOf(name, region, options));
          return options.activate ? activateDelegation(store, name) : pending;
        },
        { create: true },
      );
      if (options.json) return printJson(context, added);
      printDelegation(context, added);
      noteNext(context, added);
    });
}

/** `region` may be missing: the service then says so, with all other problems. */
function inputOf(name: string, region: string | undefined, options: AddOptions): DelegationInput {
  return {
    name,
    region: region as string,
    grants: [grantFrom(options) ?? {}],
    ...(options.roleArn !== undefined && { roleArn: options.roleArn }),
    ...(options.account !== undefined && { account: options.account }),
    ...(options.recordContent && { recordContent: true }),
    session: {
      ...(options.sessionDuration !== undefined && { durationSeconds: options.sessionDuration }),
      ...(options.tag && { tags: options.tag }),
      ...(options.sourceIdentity !== undefined && { sourceIdentity: options.sourceIdentity }),
    },
  };
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the delegations; `show` has their External IDs")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation list"))
    .action(async (options: JsonOption, own: Command) => {
      const all = await withStore(context, own, (store) => store.delegations.list());
      if (options.json) return printJson(context, all.map(withoutExternalId));
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

function withoutExternalId(delegation: Delegation): Omit<Delegation, "externalId"> {
  const { externalId: _externalId, ...rest } = delegation;
  return rest;
}

function showCommand(context: CliContext): Command {
  return new Command("show")
    .description("show a delegation with its External ID")
    .argument("<name>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation show acme"))
    .action(async (name: string, options: JsonOption, own: Command) => {
      const found = await withStore(context, own, (store) => store.delegations.get(name));
      const { notFound } = await import("../delegations/errors.ts");
      if (!found) throw notFound("delegation", name);
      if (options.json) return printJson(context, found);
      printDelegation(context, found);
    });
}

function activateCommand(context: CliContext): Command {
  return new Command("activate")
    .description(
      "put a delegation in use, having checked that its role denies AssumeRole without the External ID",
    )
    .argument("<name>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation activate acme"))
    .action(async (name: string, options: JsonOption, own: Command) => {
      const { activateDelegation } = await import("../delegations/delegations.ts");
      const active = await withStore(context, own, (store) => activateDelegation(store, name));
      if (options.json) return printJson(context, active);
      context.out(`${name} is active`);
    });
}

function removeCommand(context: CliContext): Command {
  return new Command("remove")
    .description("end a delegation for good: its keys are refused at once")
    .argument("<name>")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet delegation remove acme"))
    .action(async (name: string, options: JsonOption, own: Command) => {
      const { removeDelegation } = await import("../delegations/delegations.ts");
      const revoked = await withStore(context, own, (store) => removeDelegation(store, name));
      if (options.json) return printJson(context, revoked);
      context.out(`${name} is revoked`);
      if (revoked.roleArn) context.note(`Its role ${revoked.roleArn} can be deleted now.`);
    });
}

function printDelegation(context: CliContext, delegation: Delegation): void {
  const { session } = delegation;
  const tags = Object.entries(session.tags).map(([key, value]) => `${key}=${value}`);
  printFields(context, [
    ["name", delegation.name],
    ["state", stateText(context, delegation.state)],
    ["account", delegation.account],
    ["role", delegation.roleArn ?? "none: Signet's own credentials"],
    ["external id", delegation.externalId ?? "-"],
    ["region", delegation.region],
    ...grantLines(delegation.grants).map((line) => ["grant", line] as const),
    ["session", [`${session.durationSeconds} s`, session.sourceIdentity, ...tags].filter(Boolean).join(", ")],
    ["content", delegation.recordContent ? "recorded in the audit log" : "not recorded"],
    ["created", dateText(delegation.createdAt)],
  ]);
}

function noteNext(context: CliContext, { name, state, externalId }: Delegation): void {
  if (state !== "pending") return;
  if (externalId !== undefined) {
    context.note(`The role's trust policy must require this External ID:`);
    context.note(`  "Condition": { "StringEquals": { "sts:ExternalId": "${externalId}" } }`);
  }
  context.note(`Then put it in use: signet delegation activate ${name}`);
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function tagPair(text: string, before: [string, string][] | undefined): [string, string][] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be key=value.");
  return [...(before ?? []), [text.slice(0, at), text.slice(at + 1)]];
}
