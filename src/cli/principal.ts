/** Signet's own identity in AWS, as the trust policies of delegated roles name it. */
import type { Command } from "commander";
import { principalOf } from "../core/principal.ts";
import { awsSource } from "../server/open.ts";
import { loadConfigOf, type CliContext } from "./context.ts";

/** The configured ARN, or else the base credentials' identity by STS; undefined, after a note, if there is neither. */
export async function ownPrincipal(
  context: CliContext,
  command: Command,
  region: string,
): Promise<string | undefined> {
  const { aws } = await loadConfigOf(context, command);
  if (aws.principalArn !== undefined) return aws.principalArn;
  try {
    const source = await awsSource(aws);
    return principalOf((await source.identity(region)).arn);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.note(`Signet's own identity is unknown (${reason}).`);
    context.note("Set it with --principal or aws.principalArn.");
    return undefined;
  }
}
