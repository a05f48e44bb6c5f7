/**
 * What of an error goes into the operator's log: its name and the first line of its text. AWS appends the canonical
 * request to a refused signature, after a blank line, and that holds the session token (T26).
 */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : "unknown";
}

export function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
