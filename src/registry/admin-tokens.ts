/** Admin tokens: issuing and revoking access to the admin API for programs and people. */
import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { ROLES, type AdminToken } from "../core/admin.ts";
import { keyDigest, keyIdOf, newKeySecret } from "../core/ids.ts";
import type { Secret } from "../core/secret.ts";
import type { Store, Tables } from "../store/store.ts";
import { alreadyExists, notFound } from "./errors.ts";
import { duration } from "./fields.ts";
import { checked } from "./input.ts";
import { recordChange, type Operator } from "./operator.ts";

const text = z.string({ error: ({ input }) => (input === undefined ? "is required" : "must be a string") });

export const adminTokenForm = z.strictObject({
  name: text.regex(/^[a-z0-9][a-z0-9-]{1,39}$/, "must be 2–40 of a–z, 0–9 and -, not beginning with -"),
  role: z.enum(ROLES, `must be one of ${ROLES.join(", ")}`),
  expiresIn: duration(1, "must be a duration such as 12h or 90d, at most 3650d").prefault("90d"),
});
export type AdminTokenInput = z.input<typeof adminTokenForm>;

/** Issues a token; its secret is returned once, and the store keeps only its digest. Throws OperatorError. */
export async function createAdminToken(
  store: Store,
  input: AdminTokenInput,
  operator: Operator,
): Promise<{ token: AdminToken; secret: Secret }> {
  const { name, role, expiresIn } = checked(adminTokenForm, input);
  const { id, secret } = newKeySecret("sga");
  const createdAt = operator.clock.now();
  const digest = keyDigest(secret.reveal());
  const token: AdminToken = { id, name, role, digest, createdAt, expiresAt: createdAt + expiresIn };
  await store.transaction(async (tables) => {
    if ((await tables.adminTokens.list()).some((each) => each.name === name))
      throw alreadyExists("admin token", name);
    await tables.adminTokens.add(token);
    await record(tables, operator, { action: "admin-token.create", before: null, after: token });
  });
  return { token, secret };
}

/** Revokes a token, and the console sessions started with it, immediately. Throws OperatorError `not_found`. */
export async function revokeAdminToken(store: Store, id: string, operator: Operator): Promise<AdminToken> {
  return store.transaction(async (tables) => {
    const before = await tables.adminTokens.get(id);
    if (!before) throw notFound("admin token", id);
    if (before.revokedAt !== undefined) return before;
    const after = { ...before, revokedAt: operator.clock.now() };
    await tables.adminTokens.revoke(id, after.revokedAt);
    await record(tables, operator, { action: "admin-token.revoke", before, after });
    return after;
  });
}

/** Whether a token may be used now. */
export function isLive({ revokedAt, expiresAt }: AdminToken, now: number): boolean {
  return revokedAt === undefined && expiresAt > now;
}

/** Compared with for ids that don't exist, so that both paths do the same work. */
const NO_DIGEST = Buffer.alloc(32);

/** The token of a presented secret; undefined unless it may be used now. */
export async function identifyAdmin(
  store: Store,
  presented: string,
  now: number,
): Promise<AdminToken | undefined> {
  const id = keyIdOf(presented, "sga");
  if (id === undefined) return undefined;
  const known = await store.adminTokens.get(id);
  const same = timingSafeEqual(
    Buffer.from(keyDigest(presented), "hex"),
    known ? Buffer.from(known.digest, "hex") : NO_DIGEST,
  );
  return known && same && isLive(known, now) ? known : undefined;
}

function record(
  tables: Tables,
  operator: Operator,
  change: { action: string; before: AdminToken | null; after: AdminToken },
): Promise<void> {
  return recordChange(tables, operator, { ...change, subject: `admin-token/${change.after.name}` });
}
