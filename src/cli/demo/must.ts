/** Throws if the tour did not see what it must. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
