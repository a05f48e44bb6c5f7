/** `signet webhook`: tests the delivery of events, and makes secrets. */
import { Command } from "commander";
import { OperatorError } from "../registry/errors.ts";
import { createNotifier } from "../notify/notifier.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { example, printJson } from "./output.ts";
import { webhookOf } from "../server/notifier.ts";

export function webhookCommand(context: CliContext): Command {
  return new Command("webhook")
    .description("test the delivery of events, create the webhook's secret")
    .addCommand(testCommand(context))
    .addCommand(secretCommand(context));
}

function testCommand(context: CliContext): Command {
  return new Command("test")
    .description("send an event of the type webhook.test to the configured webhook, once")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExit status: 0 if it was accepted, 1 otherwise.\n" + example("signet webhook test"),
    )
    .action(async ({ json }: { json?: true }, own: Command) => {
      const settings = await webhookOf(await loadConfigOf(context, own));
      if (!settings)
        throw new OperatorError("invalid", [{ field: "webhook.url", message: "must be configured" }]);
      const { sendEvent } = await import("../notify/webhook.ts");
      const notifier = createNotifier(context.clock, () => undefined);
      notifier.emit("webhook.test", "webhook", "A test by signet webhook test.");
      const [event] = notifier.recent();
      const problem = event && (await sendEvent(settings, context.clock, event));
      if (json)
        printJson(context, { url: settings.url, accepted: problem === undefined, problem: problem ?? null });
      else context.out(problem === undefined ? `${settings.url} accepted it` : `not accepted: ${problem}`);
      if (problem !== undefined) context.fail();
    });
}

function secretCommand(context: CliContext): Command {
  return new Command("secret")
    .description("print a new secret for webhook.secretFile and for the receiver")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet webhook secret > webhook.secret"))
    .action(async ({ json }: { json?: true }) => {
      const { randomBytes } = await import("node:crypto");
      const secret = `whsec_${randomBytes(32).toString("base64")}`;
      context.out(json ? JSON.stringify({ secret }) : secret);
    });
}
