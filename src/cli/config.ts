/** `signet config`: checks the configuration, and shows each setting in effect with its origin. */
import { Command } from "commander";
import { configSources, loadConfigOf, type CliContext } from "./context.ts";
import { example, printJson, printTable } from "./output.ts";

export function configCommand(context: CliContext): Command {
  return new Command("config")
    .description("check and show the configuration")
    .addCommand(checkCommand(context))
    .addCommand(printCommand(context));
}

function checkCommand(context: CliContext): Command {
  return new Command("check")
    .description("report all problems of the file and the environment, and of the file of prices")
    .option("--json", "print JSON")
    .addHelpText("after", example("signet --config /etc/signet/signet.yaml config check"))
    .action(async (options: { json?: true }, own: Command) => {
      const { ConfigError } = await import("../config/problems.ts");
      const { loadPrices } = await import("../prices/file.ts");
      try {
        loadPrices((await loadConfigOf(context, own)).prices.file);
      } catch (error) {
        if (options.json && error instanceof ConfigError)
          printJson(context, { ok: false, problems: error.problems });
        throw error;
      }
      if (options.json) return printJson(context, { ok: true, problems: [] });
      context.out("the configuration is valid");
    });
}

function printCommand(context: CliContext): Command {
  return new Command("print")
    .description("show each setting in effect and where it comes from")
    .option("--json", "print JSON")
    .addHelpText("after", example("SIGNET_LISTEN_PORT=9000 signet config print"))
    .action(async (options: { json?: true }, own: Command) => {
      const { explainConfig } = await import("../config/load.ts");
      const settings = explainConfig(configSources(context, own));
      if (options.json) return printJson(context, settings);
      const rows = settings.map(({ path, value, origin }) => [
        path,
        value === undefined ? "-" : String(value),
        origin,
      ]);
      printTable(context, ["SETTING", "VALUE", "FROM"], rows);
    });
}
