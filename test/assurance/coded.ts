/** Work that may reject its input, but only with a code. */
import { SignetError } from "../../src/core/errors.ts";

/** The work's result, or the code of its refusal. Any other error is rethrown. */
export function coded<T>(work: () => T): T | { refused: string } {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof SignetError) return { refused: thrown.code };
    throw thrown;
  }
}
