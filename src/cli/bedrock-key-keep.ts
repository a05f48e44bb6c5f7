/** `signet bedrock-key keep`: a key that is renewed and delivered until Ctrl-C, or until the client is no longer entitled to one. */
import { Command, Option } from "commander";
import type { Deliver, FileFormat } from "../bedrock-key/deliver.ts";
import type { KeepEvents } from "../bedrock-key/keep.ts";
import { messageOf } from "../core/reason.ts";
import { OperatorError } from "../registry/errors.ts";
import type { Store } from "../store/store.ts";
import {
  endsEarlier,
  issuer,
  requestOf,
  withRequest,
  type BedrockKeyOptions,
} from "./bedrock-key-request.ts";
import { withStore, type CliContext } from "./context.ts";
import { dateText, example } from "./output.ts";
import { stopSignal } from "../server/signals.ts";

interface KeepOptions extends BedrockKeyOptions {
  file?: string;
  format: FileFormat;
  command?: string;
  flashback?: string;
}

export function keepCommand(context: CliContext): Command {
  return withRequest(
    new Command("keep").description("create a key, deliver it, and renew it before it expires, until Ctrl-C"),
  )
    .option("--file <path>", "write the key to this file (mode 0600), replaced atomically")
    .addOption(
      new Option("--format <format>", "with --file: only the key, or AWS_BEARER_TOKEN_BEDROCK=…")
        .choices(["token", "env"])
        .default("token"),
    )
    .option(
      "--command <line>",
      "run this program, arguments split at spaces, with the key on its standard input",
    )
    .option("--flashback <aiLlmId>", "set it as the API Secret of this Flashback configuration")
    .option("--json", "print progress as JSON, one object per line; never the key")
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
  const { keepBedrockKey } = await import("../bedrock-key/keep.ts");
  const deliver = await sinks(context, command, options);
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  await withStore(context, command, async (store) => {
    const issue = await issuer(context, command, store);
    const watching = watchEntitlement(context, store, { name, client: options.client, stop });
    let lastExpiry: number | undefined;
    try {
      await keepBedrockKey({
        issue: async () => {
          const key = await issue(requestOf(name, options));
          lastExpiry = key.expiresAt;
          return key;
        },
        deliver,
        clock: context.clock,
        signal: stop.signal,
        events: reports(context, options),
      });
      const { reason }: { reason?: unknown } = stop.signal;
      if (reason instanceof OperatorError) throw reason;
    } finally {
      watching.stop();
      if (lastExpiry !== undefined) {
        context.note(`The last key is valid until ${dateText(lastExpiry)}.`);
        context.note(endsEarlier(name));
      }
    }
  });
}

/** A revocation ends the command immediately rather than at the next renewal. */
function watchEntitlement(
  context: CliContext,
  store: Store,
  { name, client, stop }: { name: string; client: string; stop: AbortController },
): { stop(): void } {
  const unfollowed = (error: unknown) =>
    context.note(
      `The store can't be read, so a revocation takes effect only at the next renewal: ${messageOf(error)}`,
    );
  const check = async () => {
    const { entitled } = await import("../bedrock-key/issue.ts");
    await entitled(store, name, client);
  };
  const onChange = () => {
    check().catch((error: unknown) => {
      if (error instanceof OperatorError) stop.abort(error);
      else unfollowed(error);
    });
  };
  return store.watch(context.clock, onChange, unfollowed);
}

/** One line for each event. */
function reports(context: CliContext, { json }: KeepOptions): KeepEvents {
  const say = (event: string, fields: Record<string, string>) => {
    const words = Object.entries(fields).map(([field, value]) => `${field} ${value}`);
    context.out(json ? JSON.stringify({ event, ...fields }) : [event, ...words].join(", "));
  };
  const moment = (epochMs: number) => (json ? new Date(epochMs).toISOString() : dateText(epochMs));
  return {
    delivered: ({ expiresAt, region }, renewAt) =>
      say("delivered", { region, expires: moment(expiresAt), renewal: moment(renewAt) }),
    failed: (error, retryAt) => say("failed", { retry: moment(retryAt), reason: messageOf(error) }),
    lapsed: () => say("lapsed", { reason: "the last delivered key has expired and there is no newer one" }),
  };
}

async function sinks(context: CliContext, command: Command, options: KeepOptions): Promise<Deliver[]> {
  const { toCommand, toFile } = await import("../bedrock-key/deliver.ts");
  const found: Deliver[] = [];
  if (options.file !== undefined) found.push(toFile(options.file, options.format));
  if (options.command !== undefined) {
    const [program, ...args] = options.command.split(" ").filter((word) => word !== "");
    if (program === undefined)
      throw new OperatorError("invalid", [{ field: "command", message: "must name a program" }]);
    found.push(toCommand(program, args, context.clock));
  }
  if (options.flashback !== undefined) {
    const { platformOf } = await import("./flashback.ts");
    const platform = await platformOf(context, command);
    const aiLlmId = options.flashback;
    found.push((secret) => platform.update(aiLlmId, { secret }));
  }
  if (found.length === 0)
    throw new OperatorError("invalid", [
      { field: "file", message: "name a destination: --file, --command or --flashback" },
    ]);
  return found;
}
