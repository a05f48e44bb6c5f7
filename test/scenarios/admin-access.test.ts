/** Access to the admin API: T6, T7, T21, T22, T36. */
import http from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/core/admin.ts";
import { ROLES } from "../../src/core/admin.ts";
import { SIGN_IN } from "../../src/admin/sign-in-table.ts";
import { OPERATIONS, STREAMS } from "../../src/admin/table.ts";
import { startAdminFor, type Admin } from "../support/admin.ts";
import { newWorld, until, type World } from "../support/world.ts";

let world: World;
let admin: Admin;
let tokens: Record<Role, string>;

beforeAll(async () => {
  world = await newWorld();
  admin = await startAdminFor(world);
  tokens = {
    viewer: await admin.token("viewer"),
    operator: await admin.token("operator"),
    admin: await admin.token("admin"),
  };
});
afterAll(async () => {
  await admin.close();
  await world.close();
});

interface Raw {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Exactly these headers, `host` and `origin` among them. */
function raw(path: string, { method = "GET", headers = {}, body }: Raw = {}) {
  const { hostname, port } = new URL(admin.url);
  return new Promise<{ status: number; text: string; headers: http.IncomingHttpHeaders }>(
    (resolve, reject) => {
      const request = http.request(
        { hostname, port, path: `/api/v1${path}`, method, headers },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
          );
          // The stream of live calls has no end.
          if (response.headers["content-type"] === "text/event-stream") {
            resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
            response.destroy();
          }
        },
      );
      request.on("error", reject);
      request.end(body);
    },
  );
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const JSON_BODY = { "content-type": "application/json" };

async function signIn() {
  const body = JSON.stringify({ token: tokens.operator });
  const answer = await raw("/session", { method: "POST", headers: JSON_BODY, body });
  const [cookie = ""] = answer.headers["set-cookie"] ?? [];
  return { answer, cookie, csrf: (JSON.parse(answer.text) as { csrf: string }).csrf };
}

const everyRoute = [
  ...OPERATIONS.map(({ id, method, path, role }) => ({ id, method, path, role })),
  ...STREAMS.map(({ id, method, path, role }) => ({ id, method, path, role })),
];
/** Node sends a body with DELETE without a length. */
const bodyFor = (method: string, body: string) => (method === "GET" || method === "DELETE" ? "" : body);
const filled = (path: string) => path.replaceAll(/\{[a-z]+\}/g, "nobody");

describe("T36: every route of the table", () => {
  it.each(everyRoute)(
    "$id is refused to a stranger and to every lesser role",
    async ({ method, path, role }) => {
      const stranger = await raw(filled(path), { method });
      expect(stranger.status).toBe(401);
      for (const each of ROLES) {
        const headers = { ...bearer(tokens[each]), ...JSON_BODY };
        const { status } = await raw(filled(path), { method, headers, body: bodyFor(method, "[]") });
        const lesser = ROLES.indexOf(each) < ROLES.indexOf(role);
        expect([each, lesser ? status : status !== 403 && status !== 401]).toEqual([
          each,
          lesser ? 403 : true,
        ]);
      }
    },
  );

  it("is the only one: everything else is refused", async () => {
    const routes = new Set([...everyRoute, ...SIGN_IN].map(({ method, path }) => `${method} ${path}`));
    expect(routes.size).toBe(everyRoute.length + SIGN_IN.length);
    const headers = bearer(tokens.admin);
    for (const path of ["/nothing", "/delegations/a/b/c", "/keys/", "/KEYS", "//keys"])
      expect([path, (await raw(path, { headers })).status]).toEqual([path, 404]);
    for (const [method, path] of [
      ["DELETE", "/delegations"],
      ["PUT", "/keys"],
      ["PATCH", "/clients/app"],
      ["TRACE", "/keys"],
    ] as const)
      expect([method, path, (await raw(path, { method, headers })).status >= 400]).toEqual([
        method,
        path,
        true,
      ]);
  });

  it("doesn't distinguish between callers without access", async () => {
    const id = tokens.viewer.slice(4, 16);
    const answers = await Promise.all(
      [
        {},
        bearer("x"),
        bearer(`${tokens.viewer.slice(0, -1)}${tokens.viewer.endsWith("0") ? "1" : "0"}`),
        bearer(world.token),
        bearer(`sga_${id}_${"0".repeat(49)}`),
        { authorization: "Basic eDp5" },
      ].map((headers) => raw("/keys", { headers })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });
});

describe("T6: DNS rebinding", () => {
  it("requests with other names are misdirected, before anything else is checked", async () => {
    for (const host of [
      "evil.example",
      `evil.example:${new URL(admin.url).port}`,
      "127.0.0.1",
      "localhost",
    ]) {
      const answer = await raw("/sign-in", { headers: { host } });
      expect([host, answer.status]).toEqual([host, 421]);
    }
    expect((await raw("/sign-in")).status).toBe(200);
  });
});

describe("T7: requests from other sites", () => {
  it("can't sign in or act, with the cookie or without", async () => {
    const { cookie, csrf, answer } = await signIn();
    expect(answer.headers["set-cookie"]?.[0]).toMatch(/; HttpOnly; SameSite=Strict/);
    const session = cookie.split(";")[0] ?? "";
    const act = (headers: Record<string, string>) =>
      raw("/delegations/team-a/suspend", {
        method: "POST",
        headers: { cookie: session, ...JSON_BODY, ...headers },
        body: "{}",
      });
    expect((await act({})).status).toBe(403);
    expect((await act({ "x-signet-csrf": "guess" })).status).toBe(403);
    expect((await act({ "x-signet-csrf": csrf, origin: "https://evil.example" })).status).toBe(403);
    expect((await act({ "x-signet-csrf": csrf, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await act({ "x-signet-csrf": csrf, "content-type": "text/plain" })).status).toBe(415);
    expect((await world.store.delegations.get("team-a"))?.state).toBe("active");
    expect((await act({ "x-signet-csrf": csrf, origin: new URL(admin.url).origin })).status).toBe(200);
    expect((await world.store.delegations.get("team-a"))?.state).toBe("suspended");
  });

  it("get no read access: no CORS, no frames, no external scripts", async () => {
    const { headers } = await raw("/sign-in", { headers: { origin: new URL(admin.url).origin } });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'/);
    expect(headers["cache-control"]).toBe("no-store");
  });
});

describe("a console session", () => {
  it("ends on signing out, and when its token is revoked", async () => {
    const { cookie, csrf } = await signIn();
    const session = { cookie: cookie.split(";")[0] ?? "" };
    expect((await raw("/session", { headers: session })).status).toBe(200);
    expect(
      (await raw("/session", { method: "DELETE", headers: { ...session, "x-signet-csrf": csrf } })).status,
    ).toBe(204);
    expect((await raw("/session", { headers: session })).status).toBe(401);

    const again = await signIn();
    const second = { cookie: again.cookie.split(";")[0] ?? "" };
    const id = tokens.operator.slice(4, 16);
    const revoked = await raw(`/admin-tokens/${id}/revoke`, {
      method: "POST",
      headers: { ...bearer(tokens.admin), ...JSON_BODY },
      body: "{}",
    });
    expect(revoked.status).toBe(200);
    expect((await raw("/session", { headers: second })).status).toBe(401);
    tokens.operator = await admin.token("operator");
  });

  it("can't be started with an excessively large body, nor can any other request", async () => {
    // Answered from the head, before any of the body arrives.
    const headers = { ...JSON_BODY, "content-length": "2000000" };
    expect((await raw("/session", { method: "POST", headers, body: "" })).status).toBe(413);
    const operator = { ...headers, ...bearer(tokens.operator) };
    expect((await raw("/keys", { method: "POST", headers: operator, body: "" })).status).toBe(413);
  });

  it("starts with a link only once, and never with a used or invented one", async () => {
    const link = admin.listener.links.create({ actor: "demo", role: "viewer" });
    const use = (code: string) =>
      raw("/session", { method: "POST", headers: JSON_BODY, body: JSON.stringify({ link: code }) });
    expect((await use(link)).status).toBe(200);
    expect((await use(link)).status).toBe(401);
    expect((await use("made-up")).status).toBe(401);
  });
});

const HOSTILE = [
  "'; DROP TABLE key; --",
  '" OR ""="',
  "%",
  "_",
  "\\",
  "\u0000",
  "__proto__",
  "constructor",
  "${7*7}",
  "<script>alert(1)</script>",
  "../../etc/passwd",
  "a".repeat(1_000),
];

describe("T21, T22: hostile texts", () => {
  it.each(HOSTILE.map((text) => [text.slice(0, 30), text] as const))(
    "%j in any field changes nothing and breaks nothing",
    async (_, text) => {
      const keysBefore = (await world.store.keys.list()).length;
      const headers = { ...bearer(tokens.admin), ...JSON_BODY };
      const encoded = encodeURIComponent(text);
      for (const { method, path } of everyRoute) {
        const parameter = path.replaceAll(/\{[a-z]+\}/g, encoded);
        const query = method === "GET" ? `?client=${encoded}&text=${encoded}&cursor=${encoded}` : "";
        const body = JSON.stringify({
          name: text,
          client: text,
          delegation: text,
          reason: text,
          model: text,
        });
        const answer = await raw(parameter + query, { method, headers, body: bodyFor(method, body) });
        expect([method, path, answer.status < 500]).toEqual([method, path, true]);
        expect(answer.text).not.toMatch(/sqlite|SELECT |at .*\.ts:\d+/i);
      }
      const polluted =
        '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}},"client":"app"}';
      expect((await raw("/keys", { method: "POST", headers, body: polluted })).status).toBe(400);
      expect(({} as { role?: string }).role).toBeUndefined();
      expect((await world.store.keys.list()).length).toBe(keysBefore);
      const unsigned = await raw("/keys", {
        headers: { authorization: `Bearer ${text.replaceAll(/[^ -~]/g, "?")}` },
      });
      expect([400, 401, 431]).toContain(unsigned.status);
    },
  );
});

describe("the stream of live calls", () => {
  it("sends calls as they end, and only as long as the access lasts", async () => {
    const token = await admin.token("viewer");
    const gone = new AbortController();
    const answer = await fetch(`${admin.url}/api/v1/live`, { headers: bearer(token), signal: gone.signal });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    await raw(`/admin-tokens/${token.slice(4, 16)}/revoke`, {
      method: "POST",
      headers: { ...bearer(tokens.admin), ...JSON_BODY },
      body: "{}",
    });
    const text = await until(() => answer.text());
    expect(text).toContain(": connected");
    gone.abort();
  });
});
