/**
 * Makes a creation repeatable: asked again under the same Idempotency-Key, it answers as before instead of making
 * another. Answers hold secrets, so they are kept in memory alone, and for ten minutes.
 */
import { hash } from "node:crypto";
import type { WallClock } from "../core/clock.ts";
import { AdminError } from "./errors.ts";

const KEPT_MS = 10 * 60_000;
const MOST = 1_000;
const FORM = /^[!-~]{1,200}$/;

export interface Idempotency {
  /** `asked`: what was asked, as a text; `run` makes it. Rejects with AdminError where the key meant something else. */
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
        throw new AdminError("invalid", "The Idempotency-Key must be 1–200 visible characters.");
      sweep();
      const id = hash("sha256", JSON.stringify([actor, operation, key]), "hex");
      const digest = hash("sha256", asked, "hex");
      const before = known.get(id);
      if (before && before.asked !== digest)
        throw new AdminError("idempotency_conflict", "This Idempotency-Key was used for another request.");
      if (before) return before.answer as ReturnType<typeof run>;
      const answer = run();
      known.set(id, { asked: digest, at: clock.now(), answer });
      // What failed made nothing: it may be tried again.
      answer.catch(() => known.delete(id));
      return answer;
    },
  };
}
