/** What is known by hand, applied to what the packages say. */
import type { Difference, Note } from "./form.ts";

export const BY_HAND = "by hand";

interface Entry {
  id: string;
  listedBy: string[];
}

/** A note on an id that no package lists adds it. */
export function noted<E extends Entry>(
  entries: readonly E[],
  notes: readonly Note<Partial<E>>[],
  differences: Difference[],
): E[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  for (const { ids, facts, source } of notes)
    for (const pattern of ids)
      for (const entry of named(pattern, byId)) {
        differences.push(...contradictions(entry, facts, source));
        byId.set(entry.id, { ...entry, ...facts });
      }
  return [...byId.values()];
}

function named<E extends Entry>(pattern: string, byId: Map<string, E>): E[] {
  const known = [...byId.values()].filter(({ id }) => matches(pattern, id));
  if (known.length > 0 || pattern.includes("*")) return known;
  const provider = pattern.split(".")[0];
  return [{ id: pattern, provider, endpoints: ["runtime"], listedBy: [BY_HAND] } as Entry as E];
}

function matches(pattern: string, id: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join(".*")}$`).test(id);
}

/** What the packages say otherwise; and an end of life that they don't know. */
function contradictions(entry: Entry, facts: object, source: string): Difference[] {
  if (entry.listedBy.includes(BY_HAND)) return [];
  const known = entry as unknown as Record<string, unknown>;
  return Object.entries(facts)
    .filter(([field]) => field === "endOfLife" || known[field] !== undefined)
    .filter(([field, value]) => JSON.stringify(known[field]) !== JSON.stringify(value))
    .map(([field, value]) => ({
      about: entry.id,
      field,
      values: [
        { source: entry.listedBy.join(", "), value: known[field] ?? null },
        { source, value },
      ],
      choice: value,
      why: "kept by hand",
    }));
}
