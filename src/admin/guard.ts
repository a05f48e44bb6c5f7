/**
 * Checks of every request to the admin listener before anything else: it names this server (DNS rebinding, T6), and no
 * other site's page sent it (T7).
 */
import { bodyLimit } from "hono/body-limit";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createMiddleware } from "hono/factory";
import { AdminError } from "./errors.ts";

/** The origins under which browsers may reach the console, e.g. `https://signet.example.com`. */
export type Origins = ReadonlySet<string>;

export function guard(origins: Origins) {
  const hosts = new Set([...origins].map((origin) => new URL(origin).host));
  return createMiddleware(async ({ req }, next) => {
    if (!hosts.has(req.header("host") ?? ""))
      throw new AdminError("misdirected", "This server is not known by that name (see admin.publicUrl).");
    const origin = req.header("origin");
    if (origin !== undefined && !origins.has(origin))
      throw new AdminError("cross_site", "Requests from other sites are refused.");
    const site = req.header("sec-fetch-site");
    const safe = site === undefined || site === "same-origin" || site === "none";
    const isNavigation = req.method === "GET" && req.header("sec-fetch-mode") === "navigate";
    if (!safe && !isNavigation) throw new AdminError("cross_site", "Requests from other sites are refused.");
    await next();
  });
}

/** More than the largest delegation; for all requests, signed in or not. */
const BODY_BYTES = 1024 * 1024;

const TOO_LARGE = new AdminError("body_too_large", `The body is larger than ${BODY_BYTES} bytes.`);

/** Limits bodies that don't declare their length. */
export const bodies = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => {
    throw TOO_LARGE;
  },
});

export function isTooLarge({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"] ?? 0) > BODY_BYTES;
}

/** Answered here, so that a caller that is still sending can read it. */
export function refuseLarge(response: ServerResponse): void {
  const body = JSON.stringify(TOO_LARGE);
  response.writeHead(TOO_LARGE.status, { "content-type": "application/json", connection: "close" }).end(body);
}

/** Restricts browsers: no other origins, no frames, no sniffing, no caching. */
export function securityHeaders(isHttps: boolean) {
  return createMiddleware(async (context, next) => {
    await next();
    const { headers } = context.res;
    headers.set("content-security-policy", CSP);
    headers.set("x-content-type-options", "nosniff");
    headers.set("x-frame-options", "DENY");
    headers.set("referrer-policy", "no-referrer");
    headers.set("cross-origin-opener-policy", "same-origin");
    headers.set("cross-origin-resource-policy", "same-origin");
    headers.set("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()");
    if (isHttps) headers.set("strict-transport-security", "max-age=31536000");
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  });
}

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
