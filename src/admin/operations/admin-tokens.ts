/** Access to the admin API itself. */
import { z } from "zod";
import type { AdminToken } from "../../core/admin.ts";
import { adminTokenForm, createAdminToken, revokeAdminToken } from "../../registry/admin-tokens.ts";
import { operation } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { adminTokenView, issuedTokenView, type AdminTokenView } from "../views/access.ts";
import { pageOf } from "../views/common.ts";

function shown(token: AdminToken, now: number): AdminTokenView {
  const { digest: _digest, ...rest } = token;
  const state = token.revokedAt === undefined ? (token.expiresAt <= now ? "expired" : "active") : "revoked";
  return { ...rest, state };
}

export const list = operation(
  {
    id: "adminTokens.list",
    method: "GET",
    path: "/admin-tokens",
    role: "admin",
    summary: "List the tokens that give access to this API.",
    query: pageQuery,
    result: pageOf(adminTokenView),
  },
  async ({ store, clock }, { query }) => {
    const tokens = (await store.adminTokens.list()).map((token) => shown(token, clock.now()));
    return page(tokens, query, ({ id }) => id);
  },
);

export const create = operation(
  {
    id: "adminTokens.create",
    method: "POST",
    path: "/admin-tokens",
    role: "admin",
    summary: "Create an admin token for a program or a person. Its secret is only in this answer.",
    body: adminTokenForm,
    result: issuedTokenView,
    creates: true,
  },
  async ({ store, operator, clock }, { body }) => {
    const { token, secret } = await createAdminToken(store, body, operator);
    return { token: shown(token, clock.now()), secret: secret.reveal() };
  },
);

export const revoke = operation(
  {
    id: "adminTokens.revoke",
    method: "POST",
    path: "/admin-tokens/{id}/revoke",
    role: "admin",
    summary: "Revoke an admin token immediately; console sessions started with it end.",
    body: z.strictObject({}),
    result: adminTokenView,
  },
  async ({ store, operator, clock }, asked) =>
    shown(await revokeAdminToken(store, asked.params.id, operator), clock.now()),
);
