/** `signet limit`: how much a delegation, a client or a key may use. */
import { Command, InvalidArgumentError } from "commander";
import type { LimitsInput } from "../registry/limits.ts";
import type { CliContext } from "./context.ts";
import { example, printFields, printJson } from "./output.ts";
import { perform } from "./perform.ts";

interface JsonOption {
  json?: true;
}

export function limitCommand(context: CliContext): Command {
  return new Command("limit")
    .description("limit what a delegation, a client or a key may use")
    .addCommand(setCommand(context))
    .addCommand(showCommand(context))
    .addCommand(clearCommand(context));
}

const SUBJECT = ["<subject>", "delegation/acme, client/billing or key/3fQ0zJk81LmX"] as const;

function setCommand(context: CliContext): Command {
  return new Command("set")
    .description("replace the limits; days and months are in UTC, costs in US dollars by `signet prices`")
    .argument(...SUBJECT)
    .option("--requests-per-minute <count>", "calls in any 60 seconds", number)
    .option("--tokens-per-minute <count>", "input, output and cache tokens in any 60 seconds", number)
    .option("--concurrent-calls <count>", "concurrent calls", number)
    .option("--tokens-per-day <count>", "token budget", number)
    .option("--tokens-per-month <count>", "token budget", number)
    .option("--cost-per-day <usd>", "budget in US dollars", number)
    .option("--cost-per-month <usd>", "budget in US dollars", number)
    .option(
      "--warn-at-percent <percent>",
      "share of a budget at which a warning is sent (default: 80)",
      number,
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      example("signet limit set client/billing --requests-per-minute 60 --cost-per-month 200"),
    )
    .action(async (subject: string, { json, ...body }: LimitsInput & JsonOption, own: Command) => {
      if (Object.keys(body).length === 0)
        own.error("error: name at least one limit; `signet limit clear` removes all of them");
      await change(context, own, { subject, body, json });
    });
}

function clearCommand(context: CliContext): Command {
  return new Command("clear")
    .description("remove the limits")
    .argument(...SUBJECT)
    .option("--json", "print JSON")
    .addHelpText("after", example("signet limit clear client/billing"))
    .action(async (subject: string, { json }: JsonOption, own: Command) => {
      await change(context, own, { subject, body: {}, json });
    });
}

async function change(
  context: CliContext,
  command: Command,
  { subject, body, json }: { subject: string; body: LimitsInput; json: true | undefined },
): Promise<void> {
  const { set } = await import("../admin/operations/limits.ts");
  const params = paramsOf(command, subject);
  const { limits } = await perform({ context, command }, set, { params, body });
  if (json) return printJson(context, limits);
  printLimits(context, limits);
}

function showCommand(context: CliContext): Command {
  return new Command("show")
    .description("show the limits")
    .argument(...SUBJECT)
    .option("--json", "print JSON")
    .addHelpText("after", example("signet limit show delegation/acme"))
    .action(async (subject: string, { json }: JsonOption, own: Command) => {
      const { get } = await import("../admin/operations/limits.ts");
      const { limits } = await perform({ context, command: own }, get, {
        params: paramsOf(own, subject),
      });
      if (json) return printJson(context, limits);
      printLimits(context, limits);
    });
}

function printLimits(context: CliContext, limits: object): void {
  const fields = Object.entries(limits).map(([name, value]) => [words(name), String(value)] as const);
  if (fields.length === 0) return context.out("no limits");
  printFields(context, fields);
}

/** `tokensPerDay` as `tokens per day`. */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function paramsOf(command: Command, subject: string): { scope: string; name: string } {
  const [, scope, name] = /^(delegation|client|key)\/(.+)$/.exec(subject) ?? [];
  if (scope === undefined || name === undefined)
    command.error("error: the subject must be delegation/NAME, client/NAME or key/ID");
  return { scope, name };
}

function number(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+(?:\.[0-9]+)?$/.test(text)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}
