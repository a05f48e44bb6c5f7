/** Signing in to the console and out: by an admin token, by a one-time link, or by the OpenID Connect provider. */
import type { Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { WallClock } from "../core/clock.ts";
import { checked } from "../registry/input.ts";
import { byToken, identify, type AccessParts, type Caller } from "./access.ts";
import { API } from "./api.ts";
import { AdminError } from "./errors.ts";
import type { SignInLinks } from "./links.ts";
import type { Oidc } from "./oidc.ts";
import type { Session } from "./sessions.ts";
import { signInForm } from "./sign-in-table.ts";
import type { WaysView, WhoView } from "./views/access.ts";

/** A console session ends after this, whether idle or not. */
const SESSION_MS = 8 * 3_600_000;
const ATTEMPTS_PER_MINUTE = 60;

export interface SignInParts {
  access: AccessParts;
  links: SignInLinks;
  oidc: Oidc | undefined;
  clock: WallClock;
}

export function addSignIn(app: Hono, parts: SignInParts): void {
  const { access, oidc, clock } = parts;
  const attempts = attemptLimit(clock);
  app.get(`${API}/sign-in`, (context) => context.json(ways(oidc)));
  app.get(`${API}/session`, async (context) => context.json(who(await identify(access, context))));
  app.post(`${API}/session`, async (context) => {
    attempts();
    const facts = await presented(parts, context);
    return context.json(begin(parts, context, facts));
  });
  app.delete(`${API}/session`, async (context) => {
    await identify(access, context);
    const cookie = getCookie(context, access.cookieName);
    if (cookie !== undefined) access.sessions.end(cookie);
    deleteCookie(context, access.cookieName, { path: "/", secure: isHttps(access) });
    return context.body(null, 204);
  });
  app.get(`${API}/oidc/start`, async (context) => {
    attempts();
    const { url, state } = await required(oidc).begin();
    // Lax: the provider's redirect is a navigation from another site, and must carry it.
    setCookie(context, "signet_oidc", state, {
      path: `${API}/oidc`,
      httpOnly: true,
      sameSite: "Lax",
      secure: isHttps(access),
      maxAge: 600,
    });
    return context.redirect(url, 302);
  });
  app.get(`${API}/oidc/callback`, async (context) => {
    attempts();
    const state = getCookie(context, "signet_oidc");
    deleteCookie(context, "signet_oidc", { path: `${API}/oidc`, secure: isHttps(access) });
    const facts = await required(oidc).finish(context.req.url, state);
    begin(parts, context, { ...facts, expiresAt: clock.now() + SESSION_MS });
    return landing(context);
  });
}

function required(oidc: Oidc | undefined): Oidc {
  if (!oidc) throw new AdminError("not_found", "No OpenID Connect provider is configured.");
  return oidc;
}

/**
 * A redirect would still count as the provider's navigation, which a SameSite=Strict cookie isn't sent with: this page
 * starts its own navigation.
 */
function landing(context: Context): Response {
  return context.html('<!doctype html><title>Signet</title><meta http-equiv="refresh" content="0;url=/">');
}

async function presented(
  { access, links, clock }: SignInParts,
  context: Context,
): Promise<Omit<Session, "csrf">> {
  if (!/^application\/json\b/i.test(context.req.header("content-type") ?? ""))
    throw new AdminError("unsupported_media_type", "Send the body as application/json.");
  const body = checked(signInForm, await context.req.json().catch(() => null));
  const end = clock.now() + SESSION_MS;
  if ("token" in body) {
    const { actor, role, expiresAt, tokenId } = await byToken(access, body.token.trim());
    return { actor, role, expiresAt: Math.min(end, expiresAt), tokenId };
  }
  const linked = links.redeem(body.link);
  if (!linked) throw new AdminError("unauthenticated", "The sign-in link was already used or has expired.");
  return { ...linked, expiresAt: end };
}

function begin({ access }: SignInParts, context: Context, facts: Omit<Session, "csrf">): WhoView {
  const { session, cookie } = access.sessions.begin(facts);
  setCookie(context, access.cookieName, cookie, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: isHttps(access),
    expires: new Date(facts.expiresAt),
  });
  return who({ ...session, session });
}

function ways(oidc: Oidc | undefined): WaysView {
  return { oidc: oidc ? { label: oidc.label } : null };
}

function who({ actor, role, expiresAt, session }: Caller): WhoView {
  return { actor, role, expiresAt, csrf: session?.csrf ?? null };
}

function isHttps({ cookieName }: AccessParts): boolean {
  return cookieName.startsWith("__Host-");
}

/** Secrets have 256 bits: this limits noise, not guessing. */
function attemptLimit(clock: WallClock): () => void {
  let minute = 0;
  let count = 0;
  return () => {
    const now = Math.floor(clock.now() / 60_000);
    if (now !== minute) count = 0;
    minute = now;
    count++;
    if (count > ATTEMPTS_PER_MINUTE)
      throw new AdminError("too_many_attempts", "Too many sign-in attempts. Try again in a minute.");
  };
}
