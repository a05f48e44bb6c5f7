/** The `signet` command: its subcommands, its global options, and its exit status (0 success, 1 failure, 2 wrong usage). */
import { Command, CommanderError } from "commander";
import { ExpectedError } from "../core/expected-error.ts";
import { StoreError } from "../store/store.ts";
import { adminTokenCommand } from "./admin-token.ts";
import { aliasCommand } from "./alias.ts";
import { auditCommand } from "./audit.ts";
import { bedrockKeyCommand } from "./bedrock-key.ts";
import { clientCommand } from "./client.ts";
import { configCommand } from "./config.ts";
import type { CliContext, Surroundings } from "./context.ts";
import { delegationCommand } from "./delegation.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { flashbackCommand } from "./flashback.ts";
import { keyCommand } from "./key.ts";
import { limitCommand } from "./limit.ts";
import { modelsCommand } from "./models.ts";
import { pricesCommand } from "./prices.ts";
import { masterKeyCommand } from "./master-key.ts";
import { policyCommand } from "./policy.ts";
import { sandboxCommand } from "./sandbox.ts";
import { serveCommand } from "./serve.ts";
import { webhookCommand } from "./webhook.ts";
import { VERSION } from "../core/version.ts";

const FAILED = 1;
const USAGE = 2;

/** Runs one command and gives its exit status. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  let status = 0;
  const context: CliContext = { ...surroundings, fail: (code = FAILED) => void (status = code) };
  try {
    await program(context).parseAsync(words, { from: "user" });
    return status;
  } catch (error) {
    return report(error, context);
  }
}

function program(context: CliContext): Command {
  const signet = new Command("signet")
    .description("A signing gateway for delegated access to Amazon Bedrock.")
    .version(VERSION)
    .option("--config <file>", "configuration file (default: signet.yaml, if there is one)")
    .option(
      "--server <url>",
      "use a server's admin API instead of this machine's store (token: SIGNET_ADMIN_TOKEN)",
    )
    .option("--data <folder>", "folder of the store and the audit log (default: signet-data)")
    .addCommand(demoCommand(context))
    .addCommand(sandboxCommand(context))
    .addCommand(serveCommand(context))
    .addCommand(doctorCommand(context))
    .addCommand(delegationCommand(context))
    .addCommand(aliasCommand(context))
    .addCommand(policyCommand(context))
    .addCommand(clientCommand(context))
    .addCommand(keyCommand(context))
    .addCommand(limitCommand(context))
    .addCommand(modelsCommand(context))
    .addCommand(pricesCommand(context))
    .addCommand(masterKeyCommand(context))
    .addCommand(adminTokenCommand(context))
    .addCommand(webhookCommand(context))
    .addCommand(flashbackCommand(context))
    .addCommand(bedrockKeyCommand(context))
    .addCommand(auditCommand(context))
    .addCommand(configCommand(context));
  confine(signet, context);
  return signet;
}

/** By default, commander ends the process itself, with 1 for wrong usage, and writes past the context. */
function confine(command: Command, context: CliContext): void {
  command
    .exitOverride()
    .showHelpAfterError("(see --help)")
    .configureOutput({
      writeOut: (text) => context.out(text.replace(/\n$/, "")),
      writeErr: (text) => context.note(text.replace(/\n$/, "")),
    });
  for (const each of command.commands) confine(each, context);
}

/** An error of the operating system, whose text is enough. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** Reports the error and returns the exit status. */
function report(error: unknown, context: CliContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split("\n")) context.note(`signet: ${line}`);
  if (error instanceof StoreError && error.code === "missing")
    context.note("signet: `signet delegation create` creates it; --data sets another folder");
  if (isSystemError(error) && error.code === "EADDRINUSE")
    context.note(
      "signet: choose another port: --port and --admin-port for the demo, --port for the sandbox, " +
        "listen.port, admin.port or prometheus.port for serve",
    );
  if (error instanceof Error && !isSystemError(error) && !(error instanceof ExpectedError))
    context.note(error.stack ?? "");
  return FAILED;
}
