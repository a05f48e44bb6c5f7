/** Pages of lists: `items` and the cursor of the next page. */
import { z } from "zod";
import { OperatorError } from "../registry/errors.ts";

const LEAST = "must be a whole number from 1 to 200";

/** The query of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number<number>(LEAST).int(LEAST).min(1, LEAST).max(200, LEAST).default(50),
  cursor: z.string().max(500, "must have at most 500 characters").exactOptional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

export interface Page<T> {
  items: T[];
  /** Pass it as `cursor`; null on the last page. */
  next: string | null;
}

/**
 * The requested page of a list that keeps its order. `idOf` gives an item's permanent id. Throws OperatorError
 * `invalid` for an unknown cursor.
 */
export function page<T>(all: readonly T[], { limit, cursor }: PageQuery, idOf: (item: T) => string): Page<T> {
  const last = cursor === undefined ? -1 : all.findIndex((item) => idOf(item) === decoded(cursor));
  if (cursor !== undefined && last === -1)
    throw new OperatorError("invalid", [{ field: "cursor", message: "is not a valid cursor" }]);
  const items = all.slice(last + 1, last + 1 + limit);
  const end = items.at(-1);
  const more = last + 1 + limit < all.length;
  return { items, next: more && end !== undefined ? encoded(idOf(end)) : null };
}

function encoded(id: string): string {
  return Buffer.from(id).toString("base64url");
}

function decoded(cursor: string): string {
  return Buffer.from(cursor, "base64url").toString();
}
