/** Joins items with the same key, in the order of each key's first item. Keys are compared as JSON. */
export function grouped<T>(
  items: readonly T[],
  keyOf: (item: T) => unknown,
  join: (one: T, other: T) => T,
): T[] {
  const groups = new Map<string, T>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const found = groups.get(key);
    groups.set(key, found === undefined ? item : join(found, item));
  }
  return [...groups.values()];
}
