/** The queries, in the SQL that SQLite and PostgreSQL share. Every value is a bound parameter. */
import type { Kysely, UpdateResult } from "kysely";
import { adminTokens } from "./admin-tokens.ts";
import {
  clientColumns,
  clientsOf,
  delegationColumns,
  flashbackColumns,
  keyOf,
  keyRow,
  limitsText,
  membershipRow,
} from "./rows.ts";
import type { Write } from "./write.ts";
import type { Database, DelegationRow, KeyRow } from "./schema.ts";
import { changeLog, verifications } from "./records.ts";
import {
  StoreError,
  type Changes,
  type Clients,
  type Delegations,
  type FlashbackConnections,
  type Keys,
  type Tables,
} from "./store.ts";

/** Tables that read with `db` and write with `write`. */
export function tablesOn(db: Kysely<Database>, write: Write): Tables {
  return {
    delegations: delegations(db, write),
    clients: clients(db, write),
    keys: keys(db, write),
    verifications: verifications(db, write),
    changes: changeLog(db, write),
    flashback: flashback(db, write),
    adminTokens: adminTokens(db, write),
  };
}

/**
 * The next revision. As a transaction's first statement it also makes writers queue up, on either database, so that
 * revisions become visible in order and `changesSince` can't miss one.
 */
export async function nextRevision(db: Kysely<Database>): Promise<number> {
  const { value } = await db
    .updateTable("revision")
    .set((row) => ({ value: row("value", "+", 1) }))
    .returning("value")
    .executeTakeFirstOrThrow();
  return value;
}

/** Must run in a transaction, so that its queries see one snapshot. */
export async function changesAfter(db: Kysely<Database>, revision: number): Promise<Changes> {
  const latest = await db.selectFrom("revision").select("value").executeTakeFirstOrThrow();
  const delegationRows = await db
    .selectFrom("delegation")
    .selectAll()
    .where("revision", ">", revision)
    .execute();
  const clientRows = await clientRowsOf(db).where("client.revision", ">", revision).execute();
  const keyRows = await db.selectFrom("key").selectAll().where("revision", ">", revision).execute();
  return {
    revision: latest.value,
    delegations: delegationRows.map(delegationColumns.objectOf),
    clients: clientsOf(clientRows),
    keys: keyRows.map(keyOf),
  };
}

function delegations(db: Kysely<Database>, write: Write): Delegations {
  return {
    add: (delegation) =>
      write(async (trx, revision) => {
        const row: DelegationRow = { ...delegationColumns.rowOf(delegation), revision };
        await trx.insertInto("delegation").values(row).execute();
      }),
    async get(name) {
      const row = await db.selectFrom("delegation").selectAll().where("name", "=", name).executeTakeFirst();
      return row && delegationColumns.objectOf(row);
    },
    async list() {
      const rows = await db.selectFrom("delegation").selectAll().orderBy("name").execute();
      return rows.map(delegationColumns.objectOf);
    },
    update: (delegation) =>
      write(async (trx, revision) => {
        const { name, created_at: _createdAt, ...values } = delegationColumns.rowOf(delegation);
        const result = await trx
          .updateTable("delegation")
          .set({ ...values, revision })
          .where("name", "=", name)
          .executeTakeFirst();
        requireFound(result, "delegation");
      }),
  };
}

function clients(db: Kysely<Database>, write: Write): Clients {
  return {
    add: (client) =>
      write(async (trx, revision) => {
        const row = { ...clientColumns.rowOf(client), revision };
        await trx.insertInto("client").values(row).execute();
        for (const membership of client.delegations)
          await trx.insertInto("membership").values(membershipRow(client.name, membership)).execute();
      }),
    async get(name) {
      return clientsOf(await clientRowsOf(db).where("client.name", "=", name).execute())[0];
    },
    async list() {
      return clientsOf(await clientRowsOf(db).execute());
    },
    join: (client, membership) =>
      write(async (trx, revision) => {
        const result = await trx
          .updateTable("client")
          .set({ revision })
          .where("name", "=", client)
          .executeTakeFirst();
        requireFound(result, "client");
        await trx.insertInto("membership").values(membershipRow(client, membership)).execute();
      }),
    setLimits: (name, limits) =>
      write(async (trx, revision) => {
        const result = await trx
          .updateTable("client")
          .set({ limits: limitsText(limits), revision })
          .where("name", "=", name)
          .executeTakeFirst();
        requireFound(result, "client");
      }),
    revoke: (name, revokedAt) =>
      write(async (trx, revision) => {
        const result = await trx
          .updateTable("client")
          .set((row) => ({ revoked_at: row.fn.coalesce("revoked_at", row.val(revokedAt)), revision }))
          .where("name", "=", name)
          .executeTakeFirst();
        requireFound(result, "client");
      }),
  };
}

/** Each client with each of its memberships, in one query so that both are from one snapshot. */
function clientRowsOf(db: Kysely<Database>) {
  return db
    .selectFrom("client")
    .leftJoin("membership", "membership.client", "client.name")
    .select([
      "client.name",
      "client.limits",
      "client.created_at",
      "client.revoked_at",
      "membership.delegation",
      "membership.grants",
    ])
    .orderBy("client.name")
    .orderBy("membership.delegation");
}

function keys(db: Kysely<Database>, write: Write): Keys {
  const get: Keys["get"] = async (id) => {
    const row = await db.selectFrom("key").selectAll().where("id", "=", id).executeTakeFirst();
    return row && keyOf(row);
  };
  const change = (id: string, values: Pick<Partial<KeyRow>, "expires_at" | "revoked_at" | "limits">) =>
    write(async (trx, revision) => {
      let query = trx
        .updateTable("key")
        .set({ ...values, revision })
        .where("id", "=", id);
      if (values.revoked_at !== undefined) query = query.where("revoked_at", "is", null);
      return query.executeTakeFirst();
    });
  return {
    get,
    add: (key) =>
      write(async (trx, revision) => {
        await trx
          .insertInto("key")
          .values({ ...keyRow(key), revision })
          .execute();
      }),
    async list({ client, delegation } = {}) {
      let query = db.selectFrom("key").selectAll();
      if (client !== undefined) query = query.where("client", "=", client);
      if (delegation !== undefined) query = query.where("delegation", "=", delegation);
      const rows = await query.orderBy("created_at").orderBy("id").execute();
      return rows.map(keyOf);
    },
    async setLimits(id, limits) {
      requireFound(await change(id, { limits: limitsText(limits) }), "key");
    },
    async setExpiry(id, expiresAt) {
      requireFound(await change(id, { expires_at: expiresAt }), "key");
    },
    async revoke(id, revokedAt) {
      const { numUpdatedRows } = await change(id, { revoked_at: revokedAt });
      if (numUpdatedRows === 0n && !(await get(id))) throw notFound("key");
    },
  };
}

function flashback(db: Kysely<Database>, write: Write): FlashbackConnections {
  return {
    add: (connection) =>
      write(async (trx) => {
        await trx.insertInto("flashback_connection").values(flashbackColumns.rowOf(connection)).execute();
      }),
    async get(aiLlmId) {
      const row = await db
        .selectFrom("flashback_connection")
        .selectAll()
        .where("ai_llm_id", "=", aiLlmId)
        .executeTakeFirst();
      return row && flashbackColumns.objectOf(row);
    },
    async list({ key } = {}) {
      let query = db.selectFrom("flashback_connection").selectAll();
      if (key !== undefined) query = query.where("key", "=", key);
      const rows = await query.orderBy("created_at").orderBy("ai_llm_id").execute();
      return rows.map(flashbackColumns.objectOf);
    },
    setKey: (aiLlmId, key) =>
      write(async (trx) => {
        const result = await trx
          .updateTable("flashback_connection")
          .set({ key })
          .where("ai_llm_id", "=", aiLlmId)
          .executeTakeFirst();
        requireFound(result, "Flashback connection");
      }),
    remove: (aiLlmId) =>
      write(async (trx) => {
        await trx.deleteFrom("flashback_connection").where("ai_llm_id", "=", aiLlmId).execute();
      }),
  };
}

function requireFound(result: UpdateResult, what: string): void {
  if (result.numUpdatedRows === 0n) throw notFound(what);
}

function notFound(what: string): StoreError {
  return new StoreError("not_found", `this ${what} does not exist`);
}
