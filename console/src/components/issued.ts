/** Secrets that were shown in this page's life, so that snippets can hold them. A reload forgets them. */
import type { IssuedKeyView } from "../../../src/admin/views/keys.ts";

const known = new Map<string, IssuedKeyView>();

export function issued(key: IssuedKeyView): void {
  known.set(key.key.id, key);
}

export function secretOf(id: string): IssuedKeyView | undefined {
  return known.get(id);
}
