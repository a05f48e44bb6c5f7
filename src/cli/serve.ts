/** `signet serve`: the gateway as a process, from its configuration to a clean exit on SIGTERM. */
import cluster from "node:cluster";
import { Command, InvalidArgumentError } from "commander";
import { WORKER_VARIABLE } from "../server/workers/messages.ts";
import { stopSignal } from "../server/signals.ts";
import { configSources, loadConfigOf, type CliContext } from "./context.ts";
import { example } from "./output.ts";
import { VERSION } from "../core/version.ts";

const MOST_WORKERS = 64;
/** After a second signal, running calls get this long. */
const HURRY_SECONDS = 10;

interface ServeCommandOptions {
  workers: number;
  json?: true;
}

export function serveCommand(context: CliContext): Command {
  return new Command("serve")
    .description("run the gateway until SIGTERM or Ctrl-C; running calls may finish")
    .option(
      "--workers <n>",
      "number of processes that take calls, one per core; with 1, this process takes them itself",
      workers,
      1,
    )
    .option("--json", "print the address as JSON")
    .addHelpText(
      "after",
      example("signet serve", "signet serve --workers 4", "signet --config /etc/signet.yaml serve --json"),
    )
    .action(async ({ workers: count, json }: ServeCommandOptions, command: Command) => {
      if (cluster.isWorker) {
        // The channel to the primary would keep this process alive, also if it fails to start.
        context.abandon();
        const { serveWorker } = await import("../server/serve-worker.ts");
        return serveWorker(await loadConfigOf(context, command), Number(context.env[WORKER_VARIABLE]));
      }
      const { start } = await import("../server/start.ts");
      const served = await start(configSources(context, command), { workers: count });
      const stopped = stopSignal();
      const { url, admin } = served;
      if (json) context.out(JSON.stringify({ url, admin, version: VERSION }));
      else {
        context.out(`Signet is listening at ${url}`);
        context.out(`Its console is at ${admin}`);
      }
      await stopped;
      await Promise.race([served.close(), stopSignal().then(() => served.close(HURRY_SECONDS))]);
    });
}

function workers(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_WORKERS) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_WORKERS}.`);
}
