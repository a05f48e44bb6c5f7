/** Work that may refuse what it gets, but only in so many words. */
import { SignetError } from "../../src/core/errors.ts";

/** What work gives, or the code of its refusal. Whatever else it throws is thrown. */
export function coded<T>(work: () => T): T | { refused: string } {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof SignetError) return { refused: thrown.code };
    throw thrown;
  }
}
