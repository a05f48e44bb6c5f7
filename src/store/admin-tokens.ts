/** Admin tokens in the store. */
import type { Kysely } from "kysely";
import { adminTokenColumns } from "./rows.ts";
import type { Database } from "./schema.ts";
import { StoreError, type AdminTokens } from "./store.ts";
import type { Write } from "./write.ts";

export function adminTokens(db: Kysely<Database>, write: Write): AdminTokens {
  const get: AdminTokens["get"] = async (id) => {
    const row = await db.selectFrom("admin_token").selectAll().where("id", "=", id).executeTakeFirst();
    return row && adminTokenColumns.objectOf(row);
  };
  return {
    get,
    add: (token) =>
      write(async (trx) => {
        await trx.insertInto("admin_token").values(adminTokenColumns.rowOf(token)).execute();
      }),
    async list() {
      const rows = await db.selectFrom("admin_token").selectAll().orderBy("name").execute();
      return rows.map(adminTokenColumns.objectOf);
    },
    async revoke(id, revokedAt) {
      await write(async (trx) => {
        await trx
          .updateTable("admin_token")
          .set({ revoked_at: revokedAt })
          .where("id", "=", id)
          .where("revoked_at", "is", null)
          .execute();
      });
      if (!(await get(id))) throw new StoreError("not_found", "this admin token does not exist");
    },
  };
}
