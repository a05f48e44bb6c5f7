/**
 * Makes creation repeatable: a repeated request with the same Idempotency-Key gets the first answer instead of
 * creating another. Answers hold secrets, so they are kept only in memory, for ten minutes.
 */
import { hash } from "node:crypto";
import type { WallClock } from "../core/clock.ts";
import { AdminError } from "./errors.ts";

const KEPT_MS = 10 * 60_000;
const MOST = 1_000;
const FORM = /^[!-~]{1,200}$/;

export interface Idempotency {
  /** `asked`: the request as text; `run` performs it. Rejects with AdminError if the key was used for another request. */
  once<T>(
    key: { actor: string; operation: string; key: string },
    asked: string,
    run: () => Promise<T>,
  ): Promise<T>;
}

export function createIdempotency(clock: WallClock): Idempotency {
  const known = new Map<string, { asked: string; at: number; answer: Promise<unknown> }>();
  const sweep = () => {
    const oldest = clock.now() - KEPT_MS;
    for (const [id, { at }] of known) if (at < oldest || known.size > MOST) known.delete(id);
  };
  return {
    async once({ actor, operation, key }, asked, run) {
      if (!FORM.test(key))
        throw new AdminError("invalid", "The Idempotency-Key must have 1–200 visible ASCII characters.");
      sweep();
      const id = hash("sha256", JSON.stringify([actor, operation, key]), "hex");
      const digest = hash("sha256", asked, "hex");
      const before = known.get(id);
      if (before && before.asked !== digest)
        throw new AdminError(
          "idempotency_conflict",
          "This Idempotency-Key was already used for another request.",
        );
      if (before) return before.answer as ReturnType<typeof run>;
      const answer = run();
      known.set(id, { asked: digest, at: clock.now(), answer });
      // A failure created nothing: it may be retried.
      answer.catch(() => known.delete(id));
      return answer;
    },
  };
}
