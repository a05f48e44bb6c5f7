/**
 * Requests whose signature can be verified only once their body is in. Until then they may be anybody's who has seen
 * an access key id: at most so many of one key hold a place and memory at once, so that a stranger can't take them all.
 */
import { SignetError } from "../core/errors.ts";

const MAX_PER_KEY = 32;

export interface Unproven {
  /** Counts one in; the returned function counts it out again. Throws `overloaded`. */
  enter(keyId: string): () => void;
}

export function createUnproven(): Unproven {
  const running = new Map<string, number>();
  return {
    enter(keyId) {
      const count = running.get(keyId) ?? 0;
      if (count >= MAX_PER_KEY)
        throw new SignetError(
          "overloaded",
          "Too many signed requests of this access key id are arriving. Try again shortly.",
          { retryAfter: 1 },
        );
      running.set(keyId, count + 1);
      return () => {
        const rest = (running.get(keyId) ?? 1) - 1;
        if (rest === 0) running.delete(keyId);
        else running.set(keyId, rest);
      };
    },
  };
}
