/** The key for a configuration in Flashback, and the address that it calls, from the options. */
import { Option, type Command } from "commander";
import { AI_LLM_TYPES, type AiLlmType } from "../store/flashback.ts";
import { keyDigest } from "../core/ids.ts";
import { Secret } from "../core/secret.ts";
import { notFound, OperatorError, wrongState } from "../registry/errors.ts";
import type { KeyIssuer } from "../registry/keys.ts";
import type { Presented } from "../flashback/fields.ts";
import type { Store } from "../store/store.ts";
import { loadConfigOf, operator, type CliContext } from "./context.ts";
import { masterKeyFor } from "./master-key.ts";

export interface KeyOptions {
  type: AiLlmType;
  /** The key's id; its secret comes on standard input. */
  key?: string;
  /** A client to issue a new key to. */
  newKey?: string;
  delegation?: string;
  url?: string;
  json?: true;
}

export function withKeyOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--type <type>", "AI LLM Type in Flashback").choices(AI_LLM_TYPES).makeOptionMandatory(),
    )
    .option("--key <id>", "an existing key; its secret is read from standard input")
    .addOption(new Option("--new-key <client>", "issue a new key to this client instead").conflicts("key"))
    .addOption(
      new Option(
        "--delegation <name>",
        "with --new-key: required if the client belongs to several",
      ).conflicts("key"),
    )
    .option(
      "--url <url>",
      "the URL at which callers reach Signet (default: listen.publicUrl, or else the listener)",
    );
}

/** Fails with a usage error if no key is named. */
export function requireOneKey(command: Command, { key, newKey }: KeyOptions): void {
  if (key === undefined && newKey === undefined) command.error("error: name either --key or --new-key");
}

/** Throws OperatorError for a `--url` that isn't one; notes an address that Flashback probably can't reach. */
export async function publicUrlOf(
  context: CliContext,
  command: Command,
  { url }: KeyOptions,
): Promise<string> {
  if (url !== undefined && !isBaseUrl(url))
    throw new OperatorError("invalid", [
      {
        field: "url",
        message: "must be a URL such as https://signet.example.com, without query or fragment",
      },
    ]);
  const { listen } = await loadConfigOf(context, command);
  const own = `${listen.tls ? "https" : "http"}://${listen.host}:${listen.port}`;
  const shown = (url ?? listen.publicUrl ?? own).replace(/\/+$/, "");
  if (!shown.startsWith("https://"))
    context.note(
      `Flashback must be able to reach ${shown}: set listen.publicUrl to an https:// address that it can.`,
    );
  return shown;
}

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password || url.search || url.hash) return false;
  return url.protocol === "https:" || url.protocol === "http:";
}

/** The issuer of keys by the command line. */
export function keyIssuer(context: CliContext, command: Command): KeyIssuer {
  return { ...operator(context), masterKey: () => masterKeyFor(context, command) };
}

/** An existing key, with its secret from standard input, or a new one of the type's kind. Throws OperatorError. */
export async function keyOf(
  context: CliContext,
  store: Store,
  options: KeyOptions,
  issuer: KeyIssuer,
): Promise<Presented & { key: string }> {
  const { key: id, newKey: client, delegation, type } = options;
  if (id !== undefined) return givenKey(context, store, id);
  const { createKey } = await import("../registry/keys.ts");
  const kind = type === "AWS" ? "access-key-pair" : "secret";
  const input = { client: client ?? "", kind, ...(delegation === undefined ? {} : { delegation }) } as const;
  const { key, secret } = await createKey(store, input, issuer);
  return { key: key.id, accessKeyId: key.accessKeyPair?.accessKeyId, secret };
}

async function givenKey(context: CliContext, store: Store, id: string): Promise<Presented & { key: string }> {
  const found = await store.keys.get(id);
  if (!found) throw notFound("key", id);
  if (found.revokedAt !== undefined) throw wrongState("key", `${id} is revoked`);
  if (found.expiresAt !== undefined && found.expiresAt <= context.clock.now())
    throw wrongState("key", `${id} has expired`);
  const text = (await context.input()).trim();
  if (keyDigest(text) !== found.digest)
    throw new OperatorError("invalid", [
      { field: "key", message: `standard input isn't the secret of ${id}` },
    ]);
  return { key: id, accessKeyId: found.accessKeyPair?.accessKeyId, secret: new Secret(text) };
}
