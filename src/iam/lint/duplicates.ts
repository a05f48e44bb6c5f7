/** Keys that a JSON object has more than once: a parser keeps one of them and says nothing. */

export interface DuplicateKey {
  /** The object: `Statement[0].Condition`; `Policy` for the whole document. */
  place: string;
  key: string;
}

/** One open object or list, and where it is. */
interface Open {
  place: string;
  /** Keys so far; undefined in a list. */
  keys: Set<string> | undefined;
  /** In an object the key whose value comes next, in a list the index. */
  next: string | number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{},]/g;

/** Each once, in the document's order. `text` must be JSON. */
export function duplicateKeys(text: string): DuplicateKey[] {
  const found = new Map<string, DuplicateKey>();
  const open: Open[] = [];
  for (const [token, colon] of text.matchAll(TOKEN)) {
    const inner = open.at(-1);
    if (token === "{" || token === "[")
      open.push({ place: placeIn(inner), keys: token === "{" ? new Set() : undefined, next: 0 });
    else if (token === "}" || token === "]") open.pop();
    else if (token === "," && typeof inner?.next === "number") inner.next++;
    else if (colon !== undefined && inner?.keys) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      const place = inner.place === "" ? "Policy" : inner.place;
      if (inner.keys.has(key)) found.set(`${place} ${key}`, { place, key });
      inner.keys.add(key);
      inner.next = key;
    }
  }
  return [...found.values()];
}

/** The place of the value that begins in `outer`. */
function placeIn(outer: Open | undefined): string {
  if (outer === undefined) return "";
  if (outer.keys === undefined) return `${outer.place}[${outer.next}]`;
  return outer.place === "" ? String(outer.next) : `${outer.place}.${outer.next}`;
}
