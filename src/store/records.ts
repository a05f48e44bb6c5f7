/** Queries for each delegation's latest verification, and for changes on their way to the audit log. */
import type { Kysely } from "kysely";
import type { Change } from "../core/change.ts";
import type { Verification } from "../core/verification.ts";
import type { Database } from "./schema.ts";
import type { ChangeLog, Verifications } from "./store.ts";
import type { Write } from "./write.ts";

export function verifications(db: Kysely<Database>, write: Write): Verifications {
  return {
    put: (verification) =>
      write(async (trx) => {
        const { delegation, scope, finishedAt: at } = verification;
        const row = { delegation, scope, at, report: JSON.stringify(verification) };
        await trx
          .insertInto("verification")
          .values(row)
          .onConflict((conflict) =>
            conflict.columns(["delegation", "scope"]).doUpdateSet({ at, report: row.report }),
          )
          .execute();
      }),
    async get(delegation, scope) {
      let query = db.selectFrom("verification").select("report").where("delegation", "=", delegation);
      if (scope !== undefined) query = query.where("scope", "=", scope);
      const row = await query.orderBy("at", "desc").limit(1).executeTakeFirst();
      return row && (JSON.parse(row.report) as Verification);
    },
  };
}

export function changeLog(db: Kysely<Database>, write: Write): ChangeLog {
  return {
    add: (change) =>
      write(async (trx, revision) => {
        const row = { id: change.id, at: change.at, content: JSON.stringify(change), revision };
        await trx.insertInto("change").values(row).execute();
      }),
    async pending(limit) {
      const rows = await db
        .selectFrom("change")
        .select("content")
        .orderBy("revision")
        .orderBy("at")
        .limit(limit)
        .execute();
      return rows.map(({ content }) => JSON.parse(content) as Change);
    },
    settle: (ids) =>
      write(async (trx) => {
        if (ids.length > 0) await trx.deleteFrom("change").where("id", "in", ids).execute();
      }),
  };
}
