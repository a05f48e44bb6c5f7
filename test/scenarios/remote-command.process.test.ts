/** The command line with a server's admin API, as used from another machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { signet as run } from "../support/command.ts";
import { converseBody } from "../support/http.ts";
import { startServe, type ServeProcess } from "../support/process.ts";
import { HAIKU, until } from "../support/world.ts";

vi.setConfig({ testTimeout: 300_000 });

const ACCOUNT = "111122223333";
let sandbox: Sandbox;
let cwd: string;
let serve: ServeProcess;
let remote: Record<string, string>;

beforeAll(async () => {
  sandbox = await startSandbox();
  cwd = mkdtempSync(path.join(tmpdir(), "signet-remote-"));
  const base = seedDefaults(sandbox);
  const env = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
  };
  const made = await run("admin-token create ci --role operator", { cwd, env });
  serve = await startServe({ data: path.join(cwd, "signet-data"), env });
  remote = { SIGNET_SERVER: serve.admin, SIGNET_ADMIN_TOKEN: made.out.trim() };
});
afterAll(async () => {
  serve.child.kill("SIGTERM");
  await serve.ended;
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** From a folder without any files of Signet, without AWS credentials. */
async function signet(line: string) {
  const elsewhere = mkdtempSync(path.join(tmpdir(), "signet-elsewhere-"));
  const ended = await run(line, { cwd: elsewhere, env: remote });
  rmSync(elsewhere, { recursive: true });
  return ended;
}

async function ok(line: string): Promise<string> {
  const { status, out, err } = await signet(line);
  expect([line, status, status === 0 ? "" : err]).toEqual([line, 0, ""]);
  return out;
}

it("another machine manages a delegation and a key from creation to revocation, and reads a call's audit records", async () => {
  await ok(
    `delegation create acme --account ${ACCOUNT} --region us-east-1 --model 'us.anthropic.claude-3-5-haiku-*'`,
  );
  const template = JSON.parse(await ok("delegation template acme --json")) as {
    roleName: string;
    trustPolicy: object;
    policyName: string;
    permissions: object;
  };
  sandbox.iam.createRole({
    account: ACCOUNT,
    roleName: template.roleName,
    trustPolicy: template.trustPolicy,
    inlinePolicies: { [template.policyName]: template.permissions },
  });
  expect(await ok("delegation verify acme")).toContain("acme is now active");
  await ok("alias set acme haiku us.anthropic.claude-3-5-haiku-20241022-v1:0");
  expect(await ok("alias list acme")).toContain("haiku");
  await ok("client add app --delegation acme");
  const secret = (await ok("key create app")).trim();
  expect(await ok("key list")).toContain(secret.slice(4, 16));
  const call = () =>
    fetch(`${serve.url}/model/${encodeURIComponent(HAIKU)}/converse`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: converseBody("hello"),
    });
  const answer = await until(async () => {
    const tried = await call();
    return tried.status === 200 ? tried : undefined;
  });
  const id = answer.headers.get("x-signet-request-id") ?? "";
  await until(async () => ((await ok("audit tail -n 5")).includes("Converse") ? true : undefined));
  expect(await ok(`audit show ${id}`)).toContain("acme");
  expect(await ok("audit changes --subject delegation/acme")).toContain("by token:ci");
  expect(await ok("audit export --format csv")).toContain(id);
  expect(await ok("audit verify")).toContain("records");
  await ok(`key revoke ${secret.slice(4, 16)}`);
  await until(async () => ((await call()).status === 403 ? true : undefined));
  await ok("delegation revoke acme --reason done");
  expect(await ok("delegation show acme")).toContain("revoked: done");
});

it("reports a missing subject, a refusal and an unreachable server in one line each", async () => {
  const denied = await signet("admin-token list");
  expect([denied.status, denied.err]).toEqual([1, expect.stringContaining("requires the role admin")]);
  const unknown = await signet("delegation show nobody");
  expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('no delegation "nobody"')]);
  const tokenless = await run("key list", { cwd, env: { SIGNET_SERVER: serve.admin } });
  expect([tokenless.status, tokenless.err]).toEqual([2, expect.stringContaining("SIGNET_ADMIN_TOKEN")]);
  const nowhere = await run("key list", { cwd, env: { ...remote, SIGNET_SERVER: "http://127.0.0.1:1" } });
  expect([nowhere.status, nowhere.err]).toEqual([1, expect.stringContaining("can't be reached")]);
});
