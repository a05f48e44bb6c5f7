/** One-time sign-in links: the person who started Signet on a machine opens its console without typing a secret. */
import { hash, randomBytes } from "node:crypto";
import type { Role } from "../core/admin.ts";
import type { WallClock } from "../core/clock.ts";

export interface Who {
  actor: string;
  role: Role;
}

export interface SignInLinks {
  /** A code that is valid once, for ten minutes. */
  create(who: Who): string;
  /** The user of the code; undefined if it is unknown, used or expired. */
  redeem(code: string): Who | undefined;
}

const VALID_MS = 10 * 60_000;

export function createSignInLinks(clock: WallClock): SignInLinks {
  const links = new Map<string, Who & { expiresAt: number }>();
  return {
    create(who) {
      const code = randomBytes(24).toString("base64url");
      links.set(hash("sha256", code, "hex"), { ...who, expiresAt: clock.now() + VALID_MS });
      return code;
    },
    redeem(code) {
      const id = hash("sha256", code, "hex");
      const link = links.get(id);
      links.delete(id);
      return link && link.expiresAt > clock.now() ? { actor: link.actor, role: link.role } : undefined;
    },
  };
}
