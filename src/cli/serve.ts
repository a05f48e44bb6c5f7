/** `signet serve`: the gateway as a process, from its configuration to a clean end on SIGTERM. */
import cluster from "node:cluster";
import { Command, InvalidArgumentError } from "commander";
import { WORKER_VARIABLE } from "../server/workers/messages.ts";
import { configSources, loadConfigOf, type CliContext } from "./context.ts";
import { example } from "./output.ts";
import { VERSION } from "../core/version.ts";

const MOST_WORKERS = 64;

export function serveCommand(context: CliContext): Command {
  return new Command("serve")
    .description("serve callers until SIGTERM or Ctrl-C; running calls may finish")
    .option(
      "--workers <n>",
      "processes that take calls, one a core; this one takes them itself with 1",
      workers,
      1,
    )
    .option("--json", "print the address as JSON")
    .addHelpText(
      "after",
      example("signet serve", "signet serve --workers 4", "signet --config /etc/signet.yaml serve --json"),
    )
    .action(async (options: { json?: true; workers: number }, command: Command) => {
      const config = await loadConfigOf(context, command);
      if (cluster.isWorker) {
        const { serveWorker } = await import("../server/worker.ts");
        return serveWorker(config, Number(context.env[WORKER_VARIABLE]));
      }
      const { serve } = await import("../server/serve.ts");
      const { explainConfig } = await import("../config/load.ts");
      const settings = explainConfig(configSources(context, command)).map(
        ({ path: name, value, origin }) => ({
          path: name,
          value: value === undefined ? null : String(value),
          origin,
        }),
      );
      await serve({ config, settings, workers: options.workers }, ({ url, admin }) => {
        if (options.json) return context.out(JSON.stringify({ url, admin, version: VERSION }));
        context.out(`Signet serves at ${url}`);
        context.out(`Its console is at ${admin}`);
      });
    });
}

function workers(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_WORKERS) return number;
  throw new InvalidArgumentError(`a whole number from 1 to ${MOST_WORKERS}.`);
}
