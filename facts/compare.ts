/** What differs between two versions of a table, entry by entry. */

export interface Change {
  /** Where: `models anthropic.claude-opus-5-5 maxInputTokens`. */
  at: string;
  /** `added: …`, `removed: …` or `… → …` */
  change: string;
}

export function differences(before: unknown, after: unknown, at: string[] = []): Change[] {
  const [old, young] = [entriesOf(before), entriesOf(after)];
  if (old === undefined || young === undefined) {
    const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
    return was === is ? [] : [{ at: at.join(" "), change: `${was} → ${is}` }];
  }
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((name) => {
    const where = [...at, name];
    if (!young.has(name))
      return [{ at: where.join(" "), change: `removed: ${JSON.stringify(old.get(name))}` }];
    if (!old.has(name)) return [{ at: where.join(" "), change: `added: ${JSON.stringify(young.get(name))}` }];
    return differences(old.get(name), young.get(name), where);
  });
}

/** Members of an object, or entries of a list by what identifies them; undefined for values without parts. */
function entriesOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  if (value.length === 0 || !value.every(isObject)) return undefined;
  return new Map(value.map((entry, index) => [identityOf(entry) ?? String(index), entry]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function identityOf({ id, about, field, model, regions }: Record<string, unknown>): string | undefined {
  if (typeof id === "string") return id;
  if (typeof model === "string") return Array.isArray(regions) ? `${model} ${regions.join()}` : model;
  return typeof about === "string" ? `${about} ${String(field)}` : undefined;
}
