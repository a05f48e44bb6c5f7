/**
 * A value that must not be printed. It redacts itself wherever objects are usually rendered (`util.inspect`,
 * `JSON.stringify`, template strings); only `reveal()` returns it.
 */

const REDACTED = "[redacted]";
/** Node's `util.inspect.custom`, by its documented name: the published types then need none of Node's. */
const inspected: unique symbol = Symbol.for("nodejs.util.inspect.custom");

export class Secret {
  readonly #value: string;
  readonly #shown: string;

  /** `shown`: what is printed instead, if a part of it isn't secret. */
  constructor(value: string, shown: string = REDACTED) {
    this.#value = value;
    this.#shown = shown;
  }

  /** The plain value. Call it where the value is used (signing, a header), nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return this.#shown;
  }

  toJSON(): string {
    return this.#shown;
  }

  [inspected](): string {
    return this.#shown;
  }
}
