/** `signet bedrock-key`: short-term Bedrock API keys for environments that reach Bedrock themselves. */
import { Command } from "commander";
import type { IssuedBedrockKey } from "../bedrock-key/issue.ts";
import { keepCommand } from "./bedrock-key-keep.ts";
import {
  endsEarlier,
  issuer,
  requestOf,
  withRequest,
  type BedrockKeyOptions,
} from "./bedrock-key-request.ts";
import { withStore, type CliContext } from "./context.ts";
import { dateText, example, printJson } from "./output.ts";

export function bedrockKeyCommand(context: CliContext): Command {
  return new Command("bedrock-key")
    .description(
      "issue short-term Bedrock API keys from a delegated session; calls made with them don't pass through Signet",
    )
    .addCommand(mintCommand(context))
    .addCommand(keepCommand(context));
}

function mintCommand(context: CliContext): Command {
  return withRequest(
    new Command("mint").description("create one key and print it, without anything else, on stdout"),
  )
    .option("--json", "print JSON, the key included")
    .addHelpText(
      "after",
      example("AWS_BEARER_TOKEN_BEDROCK=$(signet bedrock-key mint acme --client app --expires-in 1h)"),
    )
    .action(async (delegation: string, options: BedrockKeyOptions, own: Command) => {
      const key = await withStore(context, own, async (store) =>
        (await issuer(context, own, store))(requestOf(delegation, options)),
      );
      if (options.json) return printJson(context, shown(key));
      noteWhatItDoes(context, key, options.expiresIn);
      context.out(key.token.reveal());
    });
}

/** With the key itself: one of the two places where it is printed. */
function shown({ token, expiresAt, ...rest }: IssuedBedrockKey) {
  return { token: token.reveal(), ...rest, expiresAt: new Date(expiresAt).toISOString() };
}

function noteWhatItDoes(context: CliContext, key: IssuedBedrockKey, asked: number | undefined): void {
  const { delegation, client, region, expiresAt, grants, sessionSeconds } = key;
  context.note(`A Bedrock API key of ${client} under ${delegation}. It may call:`);
  for (const { operations, models } of grants)
    context.note(`  ${operations.join(", ")} of ${models.join(", ")}`);
  context.note(`Only in ${region}, until ${dateText(expiresAt)}.`);
  if (asked !== undefined && asked > sessionSeconds)
    context.note(`A key can't outlive its session: those of ${delegation} last ${sessionSeconds} s.`);
  context.note(endsEarlier(delegation));
}
