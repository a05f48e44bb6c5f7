/** How the queries write. */
import type { Kysely } from "kysely";
import type { Database } from "./schema.ts";

/** Runs one change in a transaction, with a new revision that it sets on the rows it touches. */
export type Write = <T>(work: (db: Kysely<Database>, revision: number) => Promise<T>) => Promise<T>;
