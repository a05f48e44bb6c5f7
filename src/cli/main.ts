/** The `signet` command: its subcommands, its global options, and how it ends (0 well, 1 failed, 2 wrong usage). */
import { Command, CommanderError } from "commander";
import { ExpectedError } from "../core/expected-error.ts";
import { systemClock } from "../core/clock.ts";
import { StoreError } from "../store/store.ts";
import { adminTokenCommand } from "./admin-token.ts";
import { aliasCommand } from "./alias.ts";
import { auditCommand } from "./audit.ts";
import { bedrockKeyCommand } from "./bedrock-key.ts";
import { clientCommand } from "./client.ts";
import { configCommand } from "./config.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { delegationCommand } from "./delegation.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { flashbackCommand } from "./flashback.ts";
import { keyCommand } from "./key.ts";
import { remoteOf } from "./perform.ts";
import { limitCommand } from "./limit.ts";
import { pricesCommand } from "./prices.ts";
import { masterKeyCommand } from "./master-key.ts";
import { policyCommand } from "./policy.ts";
import { sandboxCommand } from "./sandbox.ts";
import { serveCommand } from "./serve.ts";
import { webhookCommand } from "./webhook.ts";
import { VERSION } from "../core/version.ts";

const FAILED = 1;
const USAGE = 2;

const context: CliContext = {
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  isTerminal: process.stdout.isTTY,
  isInteractive: process.stdin.isTTY && process.stdout.isTTY,
  out: (line) => console.log(line),
  note: (line) => console.error(line),
};

function program(): Command {
  const signet = new Command("signet")
    .description("A signing gateway for delegated access to Amazon Bedrock.")
    .version(VERSION)
    .option("--config <file>", "configuration file (default: signet.yaml, if there is one)")
    .option(
      "--server <url>",
      "a server's admin API instead of this machine's store (token: SIGNET_ADMIN_TOKEN)",
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
    .addCommand(pricesCommand(context))
    .addCommand(masterKeyCommand(context))
    .addCommand(adminTokenCommand(context))
    .addCommand(webhookCommand(context))
    .addCommand(flashbackCommand(context))
    .addCommand(bedrockKeyCommand(context))
    .addCommand(
      auditCommand(
        context.clock,
        async (command) => remoteOf({ context, command }) ?? (await loadConfigOf(context, command)).audit.dir,
      ),
    )
    .addCommand(configCommand(context));
  throwOnExit(signet);
  return signet;
}

/** Commander would end the process by itself, with 1 for wrong usage. */
function throwOnExit(command: Command): void {
  command.exitOverride().showHelpAfterError("(--help shows how it is used)");
  command.commands.forEach(throwOnExit);
}

/** What the operating system refused: its text says all there is. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** Says what went wrong and gives the exit status. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split("\n")) console.error(`signet: ${line}`);
  if (error instanceof StoreError && error.code === "missing")
    console.error("signet: `signet delegation create` makes one; --data names another folder");
  if (isSystemError(error) && error.code === "EADDRINUSE")
    console.error(
      "signet: choose another port: --port and --admin-port for the demo, --port for the sandbox, " +
        "listen.port, admin.port or prometheus.port for serve",
    );
  if (error instanceof Error && !isSystemError(error) && !(error instanceof ExpectedError))
    console.error(error.stack);
  return FAILED;
}

// A reader that has seen enough (`signet key list | head -1`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
