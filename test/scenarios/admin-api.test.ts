/** The admin API over HTTP: as operators and programs use it, against a real gateway. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Validator } from "@seriousme/openapi-schema-validator";
import { OPERATIONS } from "../../src/admin/table.ts";
import type { CallView } from "../../src/admin/views/call.ts";
import type { DelegationRowView } from "../../src/admin/views/delegations.ts";
import type { CatalogueModelView, EndingView } from "../../src/admin/views/models.ts";
import type { ModelView } from "../../src/admin/views/settings.ts";
import type { IssuedKeyView } from "../../src/admin/views/keys.ts";
import type { OverviewView } from "../../src/admin/views/usage.ts";
import { isEnded } from "../../src/bedrock/catalogue.ts";
import { newVerification } from "../../src/store/contract.ts";
import { startAdminFor, type Admin } from "../support/admin.ts";
import { converseBody } from "../support/http.ts";
import { HAIKU, newWorld, until, type World } from "../support/world.ts";

let world: World;
let admin: Admin;
let token: string;

beforeAll(async () => {
  world = await newWorld();
  admin = await startAdminFor(world);
  token = await admin.token("admin");
});
afterAll(async () => {
  await admin.close();
  await world.close();
});

interface Asked {
  body?: unknown;
  headers?: Record<string, string>;
}

async function ask(method: string, path: string, { body, headers }: Asked = {}): Promise<Response> {
  return fetch(`${admin.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function json<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
  const answer = await ask(method, path, asked);
  expect([method, path, answer.status < 300 ? "ok" : await answer.clone().text()]).toEqual([
    method,
    path,
    "ok",
  ]);
  return (await answer.json()) as T;
}

const failure = async (answer: Response) => {
  const { error } = (await answer.json()) as { error: { code: string; problems?: { field: string }[] } };
  return [answer.status, error.code, ...(error.problems ?? []).map(({ field }) => field)];
};

const call = (secret: string) =>
  fetch(`${world.gateway.url}/model/${encodeURIComponent(HAIKU)}/converse`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: converseBody("hello"),
  });

describe("a delegation managed by the API", () => {
  it("is created, templated, verified probe by probe, and used", async () => {
    const body = {
      name: "acme",
      account: "444455556666",
      roleName: "signet-acme",
      region: "us-east-1",
      grants: [{ models: ["us.anthropic.claude-3-5-haiku-*"] }],
    };
    const created = await ask("POST", "/delegations", { body });
    expect([created.status, await created.json()]).toMatchObject([201, { state: "pending", name: "acme" }]);
    const template = await json<{ trustPolicy: object; permissions: object; quickCreateUrl: string }>(
      "GET",
      "/delegations/acme/template",
    );
    expect(template.quickCreateUrl).toContain(
      "templateURL=https%3A%2F%2Ftemplates.s3.amazonaws.com%2Fsignet%2Facme.yaml",
    );
    world.sandbox.iam.createRole({
      account: "444455556666",
      roleName: "signet-acme",
      trustPolicy: template.trustPolicy,
      inlinePolicies: { bedrock: template.permissions },
    });
    const verified = await ask("POST", "/delegations/acme/verify", { body: {} });
    const lines = (await verified.text()).trim().split("\n");
    const steps = lines.map(
      (line) => JSON.parse(line) as Record<string, { status: string; delegation: unknown }>,
    );
    expect(verified.headers.get("content-type")).toBe("application/x-ndjson");
    expect(steps.slice(0, -1).every((step) => step["progress"]?.status === "pass")).toBe(true);
    expect(steps.at(-1)?.["result"]?.delegation).toMatchObject({ state: "active" });
    const { items } = await json<{ items: DelegationRowView[] }>("GET", "/delegations?state=active");
    expect(items.map((item) => [item.name, item.verified?.verdict])).toEqual([
      ["acme", "pass"],
      ["team-a", undefined],
    ]);

    await json("POST", "/clients", { body: { name: "etl", delegations: [{ delegation: "acme" }] } });
    const issued = await json<IssuedKeyView>("POST", "/keys", { body: { client: "etl" } });
    const answer = await until(async () => {
      const tried = await call(issued.secret ?? "");
      return tried.status === 200 ? tried : undefined;
    });
    const id = answer.headers.get("x-signet-request-id") ?? "";
    const found = await until(async () => {
      const { items: calls } = await json<{ items: CallView[] }>("GET", `/audit/calls?client=etl&text=${id}`);
      return calls[0];
    });
    expect(found).toMatchObject({ call: id, outcome: "ok", client: "etl", delegation: "acme" });
    const story = await json<{ records: { type: string }[] }>("GET", `/audit/calls/${id}`);
    expect(story.records.map(({ type }) => type)).toEqual(["intent", "outcome"]);
    const now = Date.now();
    const seen = await json<OverviewView>("GET", `/overview?since=${now - 3_600_000}&until=${now + 60_000}`);
    expect(seen.totals.calls).toBeGreaterThan(0);
    expect(seen.sessions).toContainEqual(expect.objectContaining({ delegation: "acme", client: "etl" }));
    expect(seen.states).toMatchObject({ active: 2 });

    await json("POST", `/keys/${issued.key.id}/revoke`, { body: {} });
    await until(async () => ((await call(issued.secret ?? "")).status === 403 ? true : undefined));
  });
});

describe("edits by the API", () => {
  it("are refused if the resource was modified in the meantime", async () => {
    const before = await ask("GET", "/delegations/team-a");
    const etag = before.headers.get("etag") ?? "";
    const edit = (recordContent: boolean) =>
      ask("PATCH", "/delegations/team-a", { body: { recordContent }, headers: { "if-match": etag } });
    const first = await edit(true);
    expect(first.status).toBe(200);
    expect(await failure(await edit(false))).toEqual([412, "precondition_failed"]);
    const fresh = await ask("GET", "/delegations/team-a");
    expect(fresh.headers.get("etag")).toBe(first.headers.get("etag"));
    const unchanged = await ask("GET", "/delegations/team-a", {
      headers: { "if-none-match": fresh.headers.get("etag") ?? "" },
    });
    expect(unchanged.status).toBe(304);
  });

  it("report every invalid field", async () => {
    const body = { name: "UPPER", region: "mars-1", grants: [], extra: 1 };
    const [status, code, ...fields] = await failure(await ask("POST", "/delegations", { body }));
    expect([status, code]).toEqual([400, "invalid"]);
    expect(fields.map(String).toSorted()).toEqual(["grants", "input", "name", "region"]);
  });
});

describe("creations by the API", () => {
  it("repeated with the same Idempotency-Key create one thing, and answer alike", async () => {
    const headers = { "idempotency-key": "k-1" };
    const [one, two] = await Promise.all(
      [1, 2].map(() => json<IssuedKeyView>("POST", "/keys", { body: { client: "app" }, headers })),
    );
    expect(two).toEqual(one);
    const other = await ask("POST", "/keys", { body: { client: "app", expiresIn: "1h" }, headers });
    expect(await failure(other)).toEqual([409, "idempotency_conflict"]);
  });
});

describe("lists of the API", () => {
  it("come in pages that contain each item once", async () => {
    for (let at = 0; at < 3; at++) await json("POST", "/keys", { body: { client: "app" } });
    const all = await json<{ items: { id: string }[] }>("GET", "/keys?client=app");
    const paged: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: { items: { id: string }[]; next: string | null } = await json(
        "GET",
        `/keys?client=app&limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(paged).toEqual(all.items.map(({ id }) => id));
    expect(await failure(await ask("GET", "/keys?cursor=zzz"))).toEqual([400, "invalid", "cursor"]);
    expect(await failure(await ask("GET", "/keys?limit=0"))).toEqual([400, "invalid", "limit"]);
  });
});

describe("T25: the audit log", () => {
  it("records who changed what, before and after, without secrets", async () => {
    const issued = await json<IssuedKeyView>("POST", "/keys", { body: { client: "app" } });
    const subject = `key/${issued.key.id}`;
    const items = await until(async () => {
      const page = await json<{ items: object[] }>(
        "GET",
        `/audit/changes?subject=${encodeURIComponent(subject)}`,
      );
      return page.items.length > 0 ? page.items : undefined;
    });
    expect(items[0]).toMatchObject({
      actor: expect.stringMatching(/^token:admin-/),
      action: "key.create",
      subject,
      before: null,
      after: { client: "app", delegation: "team-a" },
    });
    const all = await (await ask("GET", "/audit/changes?limit=200")).text();
    expect(all).not.toContain(issued.secret);
    expect(all).not.toContain("digest");
  });

  it("is verified and exported", async () => {
    expect(await json("POST", "/audit/verify", { body: {} })).toMatchObject({ ok: true, problems: [] });
    const csv = await ask("GET", "/audit/export?format=csv");
    expect(csv.headers.get("content-disposition")).toBe('attachment; filename="signet-calls.csv"');
    expect((await csv.text()).split("\r\n")[0]).toMatch(/^call,time,client,/);
  });
});

describe("the OpenAPI document", () => {
  it("is valid, and describes every operation", async () => {
    const document = (await (await fetch(`${admin.url}/api/v1/openapi.json`)).json()) as Record<
      string,
      object
    >;
    const { valid, errors } = await new Validator().validate(document);
    expect([valid, errors ?? []]).toEqual([true, []]);
    const described = Object.values(document["paths"] ?? {}).flatMap(
      (path: Record<string, { operationId: string }>) =>
        Object.values(path).map(({ operationId }) => operationId),
    );
    expect(described).toEqual(expect.arrayContaining(OPERATIONS.map(({ id }) => id)));
    expect(new Set(described).size).toBe(described.length);
  });
});

describe("models that end", () => {
  it("are listed once they are used, though a wide pattern grants them, with the account's own day", async () => {
    const until30 = Date.now() + 30 * 86_400_000;
    const model = HAIKU.replace(/^us\./, "");
    await world.store.verifications.put(
      newVerification({ delegation: "team-a", lifecycles: [{ model, legacy: true, endsAt: until30 }] }),
    );
    expect((await call(world.token)).status).toBe(200);
    const path = "/endings?delegation=team-a";
    const ending = await until(async () => {
      const { items } = await json<{ items: EndingView[] }>("GET", path);
      return items.find(({ granted }) => granted === HAIKU);
    });
    expect(ending).toMatchObject({
      model: HAIKU,
      endsAt: until30,
      ended: false,
      source: "aws",
      delegation: "team-a",
    });
    expect(ending.calls).toBeGreaterThan(0);
    expect((await json<{ items: EndingView[] }>("GET", `${path}&days=29`)).items).not.toContainEqual(ending);
    const { items } = await json<{ items: CatalogueModelView[] }>(
      "GET",
      "/catalogue?delegation=team-a&ending=31",
    );
    expect(items).toContainEqual(expect.objectContaining({ id: model, endsAt: until30, endsBy: "aws" }));
  });

  it("aren't offered for a new delegation", async () => {
    const { items } = await json<{ items: ModelView[] }>("GET", "/models?limit=200&region=eu-west-1");
    expect(items.length).toBeGreaterThan(20);
    expect(items.filter(({ pattern }) => isEnded(pattern, Date.now()))).toEqual([]);
    expect(items.map(({ pattern }) => pattern)).toContain("eu.anthropic.claude-opus-5-5");
  });
});
