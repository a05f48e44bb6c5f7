/** `signet bedrock-key`: short-term Bedrock API keys for environments that reach Bedrock themselves. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import type { KeyRequest } from "../bedrock-key/issue.ts";
import type { Deliver, FileFormat } from "../bedrock-key/deliver.ts";
import type { BedrockKey } from "../bedrock-key/mint.ts";
import type { Store } from "../store/store.ts";
import { loadConfigOf, operator, withStore, type CliContext } from "./context.ts";
import { dateText, example, printJson } from "./output.ts";
import { awsSource } from "./principal.ts";
import { stopSignal } from "./signals.ts";

interface MintOptions {
  client: string;
  expiresIn: number;
  json?: true;
}

interface KeepOptions extends MintOptions {
  file?: string;
  format: FileFormat;
  command?: string;
  flashback?: string;
}

export function bedrockKeyCommand(context: CliContext): Command {
  return new Command("bedrock-key")
    .description(
      "short-term Bedrock API keys from a delegated session; no call made with one passes through Signet",
    )
    .addCommand(mintCommand(context))
    .addCommand(keepCommand(context));
}

function withRequest(command: Command): Command {
  return command
    .argument("<delegation>")
    .requiredOption("--client <name>", "the client that it is for: its grants narrow the key")
    .addOption(
      new Option("--expires-in <duration>", "at most 12h, and never past the session")
        .argParser(seconds)
        .default(43_200, "12h"),
    );
}

function mintCommand(context: CliContext): Command {
  return withRequest(new Command("mint").description("make one key; it is printed alone on stdout"))
    .option("--json", "print JSON, the key included")
    .addHelpText(
      "after",
      example("AWS_BEARER_TOKEN_BEDROCK=$(signet bedrock-key mint acme --client app --expires-in 1h)"),
    )
    .action(async (delegation: string, options: MintOptions, own: Command) => {
      const key = await withStore(context, own, async (store) =>
        (await issuer(context, own, store))(requestOf(delegation, options)),
      );
      if (options.json)
        return printJson(context, {
          token: key.token.reveal(),
          region: key.region,
          expiresAt: new Date(key.expiresAt).toISOString(),
        });
      context.note(
        `For ${key.region} alone, until ${dateText(key.expiresAt)}. Signet can't take it back before.`,
      );
      context.out(key.token.reveal());
    });
}

function keepCommand(context: CliContext): Command {
  return withRequest(
    new Command("keep").description("make a key, deliver it, and renew it before it expires, until Ctrl-C"),
  )
    .option("--file <path>", "write it there (mode 0600), replaced as a whole")
    .addOption(
      new Option("--format <format>", "with --file: the key alone, or AWS_BEARER_TOKEN_BEDROCK=…")
        .choices(["token", "env"])
        .default("token"),
    )
    .option(
      "--command <line>",
      "run this program, arguments split at spaces, with the key on its standard input",
    )
    .option("--flashback <aiLlmId>", "make it the API Secret of this Flashback configuration")
    .option("--json", "print progress as JSON, a line each; never the key")
    .addHelpText(
      "after",
      example(
        "signet bedrock-key keep acme --client app --file /run/app/bedrock.env --format env",
        "signet bedrock-key keep acme --client app --command 'vault kv put secret/bedrock token=-'",
      ),
    )
    .action((delegation: string, options: KeepOptions, own: Command) =>
      keep(context, own, delegation, options),
    );
}

async function keep(
  context: CliContext,
  command: Command,
  name: string,
  options: KeepOptions,
): Promise<void> {
  const [{ keepBedrockKey }, { systemClock }] = await Promise.all([
    import("../bedrock-key/keep.ts"),
    import("../core/clock.ts"),
  ]);
  const deliver = await sinks(context, command, options);
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const say = (event: string, fields: Record<string, string>) => {
    const words = Object.entries(fields).map(([field, value]) => `${field} ${value}`);
    context.out(options.json ? JSON.stringify({ event, ...fields }) : [event, ...words].join(", "));
  };
  await withStore(context, command, async (store) => {
    const issue = await issuer(context, command, store);
    // A revocation ends the keeping at once rather than at the next renewal.
    const watching = store.watch(
      () => void stillEntitled(store, name, options.client).catch((error: unknown) => stop.abort(error)),
      () => undefined,
    );
    try {
      await keepBedrockKey({
        issue: () => issue(requestOf(name, options)),
        deliver,
        clock: systemClock,
        signal: stop.signal,
        pause: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
        events: {
          delivered: (key, renewAt) =>
            say("delivered", { expires: dateText(key.expiresAt), renewed: dateText(renewAt) }),
          failed: (error, retryAt) => say("failed", { reason: reasonOf(error), retry: dateText(retryAt) }),
          lapsed: () => say("lapsed", { reason: "the last key has expired and there is no new one" }),
        },
      });
    } finally {
      watching.stop();
    }
    if (stop.signal.reason instanceof Error && stop.signal.reason.name === "OperatorError")
      throw stop.signal.reason;
  });
}

async function stillEntitled(store: Store, delegation: string, client: string): Promise<void> {
  const { entitled } = await import("../bedrock-key/issue.ts");
  await entitled(store, delegation, client);
}

async function issuer(
  context: CliContext,
  command: Command,
  store: Store,
): Promise<(request: KeyRequest) => Promise<BedrockKey>> {
  const { issueBedrockKey } = await import("../bedrock-key/issue.ts");
  const source = await awsSource((await loadConfigOf(context, command)).aws);
  return (request) => issueBedrockKey({ store, source, operator: operator() }, request);
}

function requestOf(delegation: string, { client, expiresIn }: MintOptions): KeyRequest {
  return { delegation, client, expiresInSeconds: expiresIn };
}

async function sinks(context: CliContext, command: Command, options: KeepOptions): Promise<Deliver[]> {
  const [{ toCommand, toFile }, { OperatorError }] = await Promise.all([
    import("../bedrock-key/deliver.ts"),
    import("../delegations/errors.ts"),
  ]);
  const found: Deliver[] = [];
  if (options.file !== undefined) found.push(toFile(options.file, options.format));
  if (options.command !== undefined) {
    const [program = "", ...args] = options.command.split(" ").filter((word) => word !== "");
    found.push(toCommand(program, args));
  }
  if (options.flashback !== undefined) {
    const { platformOf } = await import("./flashback.ts");
    const platform = await platformOf(context, command);
    const aiLlmId = options.flashback;
    found.push((secret) => platform.update(aiLlmId, { secret }));
  }
  if (found.length === 0)
    throw new OperatorError("invalid", [
      { field: "file", message: "name where it goes: --file, --command or --flashback" },
    ]);
  return found;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const UNITS = { s: 1, m: 60, h: 3600 } as const;

function seconds(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,5})([smh])$/.exec(text) ?? [];
  const value = Number(count) * UNITS[unit as keyof typeof UNITS];
  if (count === undefined || value > 43_200)
    throw new InvalidArgumentError("It must be a duration such as 15m or 1h, at most 12h.");
  return value;
}
