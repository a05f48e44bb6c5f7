/** Pages of a list by position: `nextToken` is the index of the next page's first item. */
import { validationError } from "../errors.ts";

export function pageOf<T>(
  items: readonly T[],
  { maxResults, nextToken = "0" }: { maxResults?: number; nextToken?: string },
  size = 1000,
): { page: T[]; next: { nextToken?: string } } {
  if (!/^\d{1,9}$/.test(nextToken)) throw validationError("The provided nextToken is invalid.");
  const start = Number(nextToken);
  const end = start + (maxResults ?? size);
  return { page: items.slice(start, end), next: end < items.length ? { nextToken: String(end) } : {} };
}
