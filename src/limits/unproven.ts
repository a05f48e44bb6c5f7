/**
 * Requests whose signature can be verified only once their body has arrived. Until then, anyone who has seen an access
 * key id could have sent them: the number per key that hold a place and memory is limited, so that a stranger can't
 * take them all.
 */
import { SignetError } from "../core/errors.ts";

const MAX_PER_KEY = 32;

export interface Unproven {
  /** Counts a request; the returned function uncounts it. Throws `overloaded`. */
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
