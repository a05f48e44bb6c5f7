/**
 * A value that must not be printed. It redacts itself wherever objects are usually rendered (`util.inspect`,
 * `JSON.stringify`, template strings); only `reveal()` returns it.
 */

const REDACTED = "[redacted]";
/** Node's `util.inspect.custom`, by its documented name: the published types then need none of Node's. */
const inspected: unique symbol = Symbol.for("nodejs.util.inspect.custom");

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain value. Call it where the value is used (signing, a header), nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspected](): string {
    return REDACTED;
  }
}
