/** Throws where the tour did not see what must be. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
