/** The admin listener: the API and the console, on their own address, separate from callers'. */
import { createServer as createHttpsServer } from "node:https";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { AccessParts } from "./access.ts";
import { addOperations, failed, type ApiParts } from "./api.ts";
import { addConsole } from "./console.ts";
import { ADMIN_ERRORS, AdminError } from "./errors.ts";
import { bodies, guard, isTooLarge, refuseLarge, securityHeaders } from "./guard.ts";
import { createSignInLinks, type SignInLinks } from "./links.ts";
import type { Oidc } from "./oidc.ts";
import type { ServerParts } from "./operation.ts";
import { createSessions } from "./sessions.ts";
import { addSignIn } from "./sign-in-routes.ts";

export interface AdminSettings {
  host: string;
  port: number;
  /** The URL under which browsers reach it, if that isn't its own address. */
  publicUrl?: string;
  /** PEM texts. */
  tls?: { cert: string; key: string };
}

export interface AdminListenerParts {
  settings: AdminSettings;
  server: Omit<ServerParts, "operator">;
  log: ApiParts["log"];
  version: string;
  /** Created once the listener's address is known: the provider redirects browsers to it. */
  oidc?: (redirectBase: string) => Oidc;
  /** The built console; the package's own unless given. */
  consoleFolder?: string;
}

export interface AdminListener {
  /** Where browsers find the console. */
  readonly url: string;
  readonly links: SignInLinks;
  close(): Promise<void>;
}

const HEADERS_MS = 5_000;
const REQUEST_MS = 30_000;

export async function startAdmin(parts: AdminListenerParts): Promise<AdminListener> {
  const { settings } = parts;
  const app = new Hono();
  const limits = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: 16 * 1024 };
  const answered = getRequestListener(app.fetch);
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    isTooLarge(request) ? refuseLarge(response) : void answered(request, response);
  const server: Server = settings.tls
    ? createHttpsServer({ ...limits, ...settings.tls, minVersion: "TLSv1.2" }, onRequest)
    : createServer(limits, onRequest);
  const port = await bound(server, settings);
  const own = ownOrigins(settings, port);
  const url = settings.publicUrl ?? own[0] ?? "";
  const links = createSignInLinks(parts.server.clock);
  route(app, parts, { url, origins: new Set([new URL(url).origin, ...own]), links });
  return {
    url,
    links,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function route(
  app: Hono,
  { server, log, version, oidc, consoleFolder }: AdminListenerParts,
  { url, origins, links }: { url: string; origins: Set<string>; links: SignInLinks },
): void {
  const isHttps = url.startsWith("https:");
  const { store, clock } = server;
  const cookieName = isHttps ? "__Host-signet" : "signet_session";
  const access: AccessParts = { store, clock, sessions: createSessions(clock), cookieName };
  app.onError((thrown, context) => {
    const answer = failed({ log }, context, thrown);
    return context.json(answer, ADMIN_ERRORS[answer.error.code]);
  });
  app.use(securityHeaders(isHttps));
  app.use(guard(origins));
  app.use(bodies);
  addSignIn(app, { access, links, oidc: oidc?.(url), clock });
  addOperations(app, { access, server, log, version });
  app.all("/api/*", () => {
    throw new AdminError("not_found", "No such route.");
  });
  addConsole(app, consoleFolder);
  app.notFound(() => {
    throw new AdminError("method_not_allowed", "This path does not support that method.");
  });
}

/** The origins of its own address. */
function ownOrigins({ host, tls }: AdminSettings, port: number): string[] {
  const scheme = tls ? "https" : "http";
  const isLoopback = /^(?:127\.|localhost$|::1$|0\.0\.0\.0$|::$)/.test(host);
  const names = isLoopback ? ["127.0.0.1", "localhost", "[::1]"] : [host.includes(":") ? `[${host}]` : host];
  return names.map((name) => `${scheme}://${name}:${port}`);
}

function bound(server: Server, { host, port }: AdminSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
