/**
 * Who is signed in at the console. Sessions live only in this process: a restart signs everyone out. The cookie holds
 * 256 random bits; only their digest is kept.
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Role } from "../core/admin.ts";
import type { WallClock } from "../core/clock.ts";

export interface Session {
  /** `token:ci`, `oidc:alice@example.com`. */
  actor: string;
  role: Role;
  /** Epoch milliseconds. */
  expiresAt: number;
  /** To be sent with every change: another site can make the browser send the cookie, but not this. */
  csrf: string;
  /** The admin token that the session was started with, and ends with. */
  tokenId?: string;
}

export interface Sessions {
  /** The new session, and the value of its cookie. */
  begin(facts: Omit<Session, "csrf">): { session: Session; cookie: string };
  find(cookie: string): Session | undefined;
  end(cookie: string): void;
}

/** More sessions than anyone needs; the oldest are dropped first. */
const MOST = 1_000;

const digest = (cookie: string) => hash("sha256", cookie, "hex");

export function createSessions(clock: WallClock): Sessions {
  const sessions = new Map<string, Session>();
  const sweep = () => {
    const now = clock.now();
    for (const [id, { expiresAt }] of sessions) if (expiresAt <= now) sessions.delete(id);
    const [oldest] = sessions.keys();
    if (sessions.size >= MOST && oldest !== undefined) sessions.delete(oldest);
  };
  return {
    begin(facts) {
      sweep();
      const cookie = randomBytes(32).toString("base64url");
      const session = { ...facts, csrf: randomBytes(32).toString("base64url") };
      sessions.set(digest(cookie), session);
      return { session, cookie };
    },
    find(cookie) {
      const session = sessions.get(digest(cookie));
      return session && session.expiresAt > clock.now() ? session : undefined;
    },
    end: (cookie) => void sessions.delete(digest(cookie)),
  };
}

/** Whether two secrets are equal, in constant time. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}
