/** What `mint` and `keep` have in common: the client, the lifetime, and how a key is issued. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { IssuedBedrockKey, KeyRequest } from "../bedrock-key/issue.ts";
import type { Store } from "../store/store.ts";
import { loadConfigOf, operator, type CliContext } from "./context.ts";
import { awsSource } from "../server/open.ts";

export interface BedrockKeyOptions {
  client: string;
  /** Seconds; as long as possible by default. */
  expiresIn?: number;
  json?: true;
}

/** AWS's maximum. */
const LONGEST = 43_200;
const SHORTEST = 60;
const UNITS = { s: 1, m: 60, h: 3600 } as const;

export function withRequest(command: Command): Command {
  return command
    .argument("<delegation>")
    .requiredOption("--client <name>", "the client that the key is for: its grants narrow the key")
    .addOption(
      new Option(
        "--expires-in <duration>",
        "1m to 12h, never past the session (default: as long as the session)",
      ).argParser(seconds),
    );
}

/** The note that Signet can't revoke an issued key. */
export function endsEarlier(delegation: string): string {
  return `Signet can't revoke it. To end it earlier, at the role: signet policy revoke ${delegation}`;
}

/** Issues keys with the configured store and credentials. */
export async function issuer(
  context: CliContext,
  command: Command,
  store: Store,
): Promise<(request: KeyRequest) => Promise<IssuedBedrockKey>> {
  const { issueBedrockKey } = await import("../bedrock-key/issue.ts");
  const source = await awsSource((await loadConfigOf(context, command)).aws);
  return (request) => issueBedrockKey({ store, source, operator: operator(context) }, request);
}

export function requestOf(
  delegation: string,
  { client, expiresIn = LONGEST }: BedrockKeyOptions,
): KeyRequest {
  return { delegation, client, expiresInSeconds: expiresIn };
}

function seconds(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,5})([smh])$/.exec(text) ?? [];
  const value = Number(count) * UNITS[unit as keyof typeof UNITS];
  if (count === undefined || value < SHORTEST || value > LONGEST)
    throw new InvalidArgumentError("It must be a duration from 1m to 12h, such as 15m.");
  return value;
}
