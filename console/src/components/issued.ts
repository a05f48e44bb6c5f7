/** Secrets shown since the page was loaded, for the snippets. A reload forgets them. */
import type { IssuedKeyView } from "../../../src/admin/views/keys.ts";

const known = new Map<string, IssuedKeyView>();

export function issued(key: IssuedKeyView): void {
  known.set(key.key.id, key);
}

export function secretOf(id: string): IssuedKeyView | undefined {
  return known.get(id);
}
