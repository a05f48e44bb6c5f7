/** Reports the copies of a key that other systems hold: a line for each, and the exit status. */
import type { HeldKeyView } from "../admin/views/keys.ts";
import type { CliContext } from "./context.ts";

export function noteHeld(context: CliContext, held: readonly HeldKeyView[]): void {
  for (const { holder, name, id, result, message } of held) {
    const why = message === undefined ? "" : `: ${message}`;
    context.note(`${holder}: ${name} (${id}) ${result}${why}`);
    if (result === "failed") context.fail();
  }
}
