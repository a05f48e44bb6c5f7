/** Signing in with a real OpenID Connect provider, as a browser would. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOidc } from "../../src/admin/oidc.ts";
import type { WhoView } from "../../src/admin/views/access.ts";
import { systemClock } from "../../src/core/clock.ts";
import { Secret } from "../../src/core/secret.ts";
import { startAdminFor, type Admin } from "../support/admin.ts";
import { newWorld, type World } from "../support/world.ts";

const CLIENT = { clientId: "signet-console", clientSecret: "a-client-secret-of-the-test" };
const GROUPS: Record<string, string[]> = {
  alice: ["staff", "signet-admins"],
  bob: ["signet-viewers"],
  eve: ["staff"],
};

let world: World;
let admin: Admin;
let server: Server;
let issuer: string;

beforeAll(async () => {
  world = await newWorld();
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let base = "";
  admin = await startAdminFor(world, {
    oidc(redirectBase) {
      base = redirectBase;
      return createOidc(
        {
          issuer,
          clientId: CLIENT.clientId,
          clientSecret: new Secret(CLIENT.clientSecret),
          scope: "openid email profile",
          label: "Example login",
          roleClaim: "groups",
          roles: { viewer: "signet-viewers", operator: undefined, admin: "signet-admins" },
        },
        { redirectBase, clock: systemClock },
      );
    },
  });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [`${base}/api/v1/oidc/callback`],
      },
    ],
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, groups: GROUPS[id] ?? [] }),
    }),
    cookies: { keys: ["a-cookie-key-of-the-test"] },
  });
  server.on("request", provider.callback());
});
afterAll(async () => {
  await admin.close();
  await world.close();
  server.close();
  server.closeAllConnections();
});

/** Keeps cookies by origin and follows redirects one at a time. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async go(url: string, form?: Record<string, string>): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return answer;
  }

  /** Follows redirects; resolves to the last page and its address. */
  async follow(url: string, form?: Record<string, string>): Promise<{ url: string; page: Response }> {
    const page = await this.go(url, form);
    const next = page.headers.get("location");
    return next === null ? { url, page } : this.follow(new URL(next, url).href);
  }
}

/** Fills in the provider's forms: the user, then the consent. */
async function signIn(browser: Browser, login: string): Promise<Response> {
  let { url, page } = await browser.follow(`${admin.url}/api/v1/oidc/start`);
  for (const form of [{ prompt: "login", login, password: "any" }, { prompt: "consent" }])
    ({ url, page } = await browser.follow(url, form));
  expect(url.startsWith(`${admin.url}/api/v1/oidc/callback`)).toBe(true);
  return page;
}

describe("signing in with OpenID Connect", () => {
  it("is offered by its label", async () => {
    expect(await (await fetch(`${admin.url}/api/v1/sign-in`)).json()).toEqual({
      oidc: { label: "Example login" },
    });
  });

  it("gives the role in the claim, and names the person in the audit log", async () => {
    const browser = new Browser();
    expect((await signIn(browser, "alice")).status).toBe(200);
    const who = (await (await browser.go(`${admin.url}/api/v1/session`)).json()) as WhoView;
    expect(who).toMatchObject({ actor: "oidc:alice@example.com", role: "admin" });
    const other = new Browser();
    await signIn(other, "bob");
    expect(await (await other.go(`${admin.url}/api/v1/session`)).json()).toMatchObject({ role: "viewer" });
  });

  it("gives no access to anyone without a role in the claim", async () => {
    const browser = new Browser();
    const page = await signIn(browser, "eve");
    expect([page.status, await page.text()]).toEqual([403, expect.stringContaining("eve@example.com")]);
    expect((await browser.go(`${admin.url}/api/v1/session`)).status).toBe(401);
  });

  it("is refused if another browser started it, or nobody did", async () => {
    const browser = new Browser();
    const { url } = await browser.follow(`${admin.url}/api/v1/oidc/start`);
    expect(url.startsWith(issuer)).toBe(true);
    const stolen = await new Browser().go(`${admin.url}/api/v1/oidc/callback?code=x&state=y`);
    expect(stolen.status).toBe(401);
    const forged = await browser.go(`${admin.url}/api/v1/oidc/callback?code=x&state=y`);
    expect(forged.status).toBe(401);
  });
});
