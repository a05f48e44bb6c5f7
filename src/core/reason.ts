/**
 * An error as text. If it may come from AWS, only its first line: when AWS refuses a signature it appends the canonical
 * request after a blank line, and that holds the session token (T26).
 */

/** For the operator's log: its name and the first line of its text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : "unknown";
}

/** The whole text, for errors of this machine's own. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first line of the cause that `fetch` and others wrap, its system code first. */
export function systemReasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error ? error.cause : error;
  const code = codeOf(inner);
  const text = firstLine(inner.message || inner.name);
  return code === undefined || text.includes(code) ? text : `${code}: ${text}`;
}

/** Of a file, for whoever named it. */
export function unreadableBecause(error: unknown): string {
  const code = codeOf(error);
  return code === "ENOENT" ? "no such file" : `can't be read (${code ?? "unknown error"})`;
}

/** `ECONNREFUSED`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
