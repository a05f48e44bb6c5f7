/** What followed in Flashback when a key was rotated or revoked: told line by line, and in the exit status. */
import type { FollowedView } from "../admin/views/keys.ts";
import type { CliContext } from "./context.ts";

export function noteFollowed(context: CliContext, followed: readonly FollowedView[]): void {
  for (const { name, aiLlmId, result, message } of followed) {
    const why = message === undefined ? "" : `: ${message}`;
    context.note(`Flashback: ${name} (${aiLlmId}) ${result}${why}`);
    if (result === "failed") process.exitCode = 1;
  }
}
