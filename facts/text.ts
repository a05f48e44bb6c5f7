/** How the tables are written: one entry a line, so that a change of one model is a change of one line. */

export function text(table: object): string {
  const members = Object.entries(table).map(([name, value]) => `${JSON.stringify(name)}: ${lines(value)}`);
  return `{\n${members.join(",\n")}\n}\n`;
}

function lines(value: unknown): string {
  if (Array.isArray(value))
    return list(
      "[",
      value.map((entry) => JSON.stringify(entry)),
      "]",
    );
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return list(
    "{",
    Object.entries(value).map(([name, entry]) => `${JSON.stringify(name)}: ${JSON.stringify(entry)}`),
    "}",
  );
}

function list(open: string, entries: string[], close: string): string {
  return entries.length === 0 ? open + close : `${open}\n${entries.join(",\n")}\n${close}`;
}
