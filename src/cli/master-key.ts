/** `signet master-key`: a new key that encrypts the secrets of access-key pairs; and the configured one. */
import { Command } from "commander";
import type { MasterKey } from "../core/seal.ts";
import { loadConfigOf, type CliContext } from "./context.ts";
import { example, printJson } from "./output.ts";

export function masterKeyCommand(context: CliContext): Command {
  return new Command("master-key")
    .description("print a new master key, which encrypts the secrets of access-key pairs")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet master-key > master.key && chmod 600 master.key"))
    .action(async (options: { json?: true }) => {
      const { newMasterKey } = await import("../core/seal.ts");
      const masterKey = newMasterKey().reveal();
      if (options.json) return printJson(context, { masterKey });
      context.note(
        "Keep it apart from the store: pairs can't be used without it, or read from the store alone.",
      );
      context.note("Configure it as accessKeyPairs.masterKeyFile or SIGNET_MASTER_KEY.");
      context.out(masterKey);
    });
}

/** The configured master key; undefined if there is none. Rejects with ConfigError. */
export async function masterKeyFor(context: CliContext, command: Command): Promise<MasterKey | undefined> {
  const { loadMasterKey } = await import("../credentials/master-key.ts");
  return loadMasterKey(await loadConfigOf(context, command));
}
