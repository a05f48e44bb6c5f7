/** Admin tokens in the store. */
import type { Kysely } from "kysely";
import type { AdminToken } from "../core/admin.ts";
import type { AdminTokenRow, Database } from "./schema.ts";
import { StoreError, type AdminTokens } from "./store.ts";
import type { Write } from "./write.ts";

export function adminTokens(db: Kysely<Database>, write: Write): AdminTokens {
  const get: AdminTokens["get"] = async (id) => {
    const row = await db.selectFrom("admin_token").selectAll().where("id", "=", id).executeTakeFirst();
    return row && tokenOf(row);
  };
  return {
    get,
    add: (token) =>
      write(async (trx) => {
        await trx.insertInto("admin_token").values(rowOf(token)).execute();
      }),
    async list() {
      const rows = await db.selectFrom("admin_token").selectAll().orderBy("name").execute();
      return rows.map(tokenOf);
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

function rowOf(token: AdminToken): AdminTokenRow {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    digest: token.digest,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    revoked_at: token.revokedAt ?? null,
  };
}

function tokenOf(row: AdminTokenRow): AdminToken {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    digest: row.digest,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
