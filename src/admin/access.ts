/** Authentication: a program by its admin token, a person by the console's session. Then authorization by role. */
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { ROLES, type Role } from "../core/admin.ts";
import type { WallClock } from "../core/clock.ts";
import { identifyAdmin, isLive } from "../registry/admin-tokens.ts";
import type { Store } from "../store/store.ts";
import { AdminError } from "./errors.ts";
import { sameSecret, type Session, type Sessions } from "./sessions.ts";

export interface Caller {
  actor: string;
  role: Role;
  expiresAt: number;
  /** Set for a console session. */
  session?: Session;
}

export interface AccessParts {
  store: Store;
  clock: WallClock;
  sessions: Sessions;
  /** The prefix `__Host-` binds it to one host and to TLS. */
  cookieName: string;
}

const BEARER = /^Bearer ([!-~]{1,200})$/i;
const SAFE = new Set(["GET", "HEAD"]);

/** Throws AdminError `unauthenticated`, the same for every reason, or `cross_site`. */
export async function identify(parts: AccessParts, context: Context): Promise<Caller> {
  const authorization = context.req.header("authorization");
  if (authorization !== undefined) return byToken(parts, BEARER.exec(authorization)?.[1] ?? "");
  const session = await sessionOf(parts, context);
  if (!session) throw unauthenticated();
  const { actor, role, expiresAt, csrf } = session;
  if (!SAFE.has(context.req.method) && !sameSecret(context.req.header("x-signet-csrf") ?? "", csrf))
    throw new AdminError("cross_site", "The request lacks the session's x-signet-csrf header.");
  return { actor, role, expiresAt, session };
}

export async function byToken(
  { store, clock }: AccessParts,
  presented: string,
): Promise<Caller & { tokenId: string }> {
  const token = await identifyAdmin(store, presented, clock.now());
  if (!token) throw unauthenticated();
  return { actor: `token:${token.name}`, role: token.role, expiresAt: token.expiresAt, tokenId: token.id };
}

/** The cookie's session, unless its token has been revoked. */
async function sessionOf(parts: AccessParts, context: Context): Promise<Session | undefined> {
  const cookie = getCookie(context, parts.cookieName);
  const session = cookie === undefined ? undefined : parts.sessions.find(cookie);
  if (session?.tokenId === undefined) return session;
  const token = await parts.store.adminTokens.get(session.tokenId);
  return token && isLive(token, parts.clock.now()) ? session : undefined;
}

export function requireRole(caller: Caller, least: Role): void {
  if (ROLES.indexOf(caller.role) >= ROLES.indexOf(least)) return;
  throw new AdminError(
    "forbidden",
    `This requires the role ${least}; ${caller.actor} has the role ${caller.role}.`,
  );
}

function unauthenticated(): AdminError {
  return new AdminError("unauthenticated", "Sign in, or send an admin token as Authorization: Bearer.");
}
