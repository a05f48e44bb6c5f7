/** Signet's own identity in AWS, as the trust policies of delegated roles name it. */
import type { Command } from "commander";
import { principalOf } from "../core/principal.ts";
import { awsSource } from "../server/open.ts";
import { loadConfigOf, type CliContext } from "./context.ts";

/** The configured ARN, else what STS says of the base credentials; undefined, after a note, where neither is there. */
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
    context.note(`Signet's own identity is not known (${reason}).`);
    context.note("Name it by --principal, or set aws.principalArn.");
    return undefined;
  }
}
