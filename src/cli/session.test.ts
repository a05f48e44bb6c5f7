/** The operator's commands as terminal sessions: each with its own data folder, and what they print. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signet as run, type Ended } from "../../test/support/command.ts";
import { keyDigest, keyIdOf } from "../core/ids.ts";
import type { Delegation, Key } from "../core/delegation.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), "signet-cli-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const signet = (line: string, env: Record<string, string> = {}): Promise<Ended> => run(line, { cwd, env });

/** Runs `signet`, which must succeed; returns its stdout with dates, ids and random parts blanked. */
async function shown(line: string): Promise<string> {
  const { status, out, err } = await signet(line);
  expect([line, status, status === 0 ? "" : err]).toEqual([line, 0, ""]);
  return blanked(out);
}

function blanked(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "<date>")
    .replace(/sgx-[0-9A-Za-z]{28}/g, "<external id>")
    .replace(/sgk_[0-9A-Za-z_]+/g, "<secret>")
    .trimEnd();
}

const PRINCIPAL = "arn:aws:iam::123456789012:user/signet";
const ROLE = `--role-arn arn:aws:iam::111122223333:role/signet --region us-east-1 --principal ${PRINCIPAL}`;

describe("an operator", () => {
  it("creates a delegation and a client, issues, rotates and revokes its keys, and revokes both", async () => {
    const added = await signet(`delegation create acme ${ROLE} --model 'us.anthropic.claude-*'`);
    expect(added.status).toBe(0);
    expect(blanked(added.out)).toBe(
      [
        "name         acme",
        "state        pending",
        "account      111122223333",
        "role         arn:aws:iam::111122223333:role/signet",
        "external id  <external id>",
        "region       us-east-1",
        "grant        InvokeModel, InvokeModelWithResponseStream, Converse, ConverseStream, CountTokens on us.anthropic.claude-* in us-east-1",
        "session      3600 s",
        `trusts       ${PRINCIPAL}`,
        "content      not recorded",
        "created      <date>",
        "verified     never",
      ].join("\n"),
    );
    expect(added.err).toContain("signet delegation template acme --format cloudformation");
    expect(added.err).toContain("signet delegation verify acme");
    expect(await shown("delegation show acme")).toBe(blanked(added.out));

    expect(await shown("client add app --delegation acme --operation Converse")).toBe(
      [
        "NAME  STATE   DELEGATION  CREATED               GRANTS",
        "app   active  acme        <date>  Converse on us.anthropic.claude-* in us-east-1",
      ].join("\n"),
    );

    const created = await signet("key create app --expires-in 90d");
    const secret = created.out.trimEnd();
    const id = keyIdOf(secret);
    expect(created.out).toBe(`${secret}\n`);
    expect(created.err).toContain(`Key ${id} of app under acme`);
    expect(created.err).not.toContain(secret);

    const rotated = JSON.parse((await signet(`key rotate ${id} --overlap 1h --json`)).out) as Key & {
      secret: string;
    };
    expect(keyIdOf(rotated.secret)).toBe(rotated.id);
    expect(rotated.rotatedFrom).toBe(id);
    expect(await shown(`key revoke ${rotated.id}`)).toBe(`${rotated.id} has been revoked since <date>`);

    const list = (await shown("key list --client app")).split("\n");
    expect(list[0]).toMatch(/^ID +CLIENT +DELEGATION +KIND +STATE +CREATED +EXPIRES$/);
    expect(list.find((line) => line.startsWith(`${id}`))).toMatch(
      / app +acme +secret +active +<date> +<date>$/,
    );
    expect(list.find((line) => line.startsWith(rotated.id))).toMatch(
      / app +acme +secret +revoked +<date> +<date>$/,
    );

    const edited = JSON.parse(
      (await signet("delegation edit acme --source-identity team --json")).out,
    ) as Delegation;
    expect(edited).toMatchObject({ state: "pending", session: { sourceIdentity: "team" } });
    const rotating = await signet("delegation rotate-external-id acme");
    expect(blanked(rotating.out)).toBe("<external id>");
    expect(rotating.err).toContain("signet policy trust acme");
    expect((await signet("delegation suspend acme")).err).toContain("acme is pending");

    expect(await shown("client revoke app")).toBe("app has been revoked since <date>");
    expect(await shown("client list")).toContain("app   revoked  acme");
    const revoked = await signet("delegation revoke acme --reason over");
    expect(revoked.out).toBe("acme is revoked\n");
    expect(revoked.err).toContain("aws iam put-role-policy");
    expect(revoked.err).toContain("signet delegation prove-revoked acme");
    expect(await signet("key create app")).toMatchObject({
      status: 1,
      out: "",
      err: "signet: client: app is revoked\n",
    });
  });

  it("gets JSON that contains a secret only once and never a digest (T26)", async () => {
    const added = JSON.parse(await shown(`delegation create acme ${ROLE} --model '*' --json`)) as object;
    expect(added).toMatchObject({ name: "acme", state: "pending" });
    await shown("client add app --delegation acme");
    const { secret } = JSON.parse((await signet("key create app --json")).out) as { secret: string };
    for (const line of ["key list", "client list", "delegation list", "delegation show acme"]) {
      const { out } = await signet(`${line} --json`);
      expect(JSON.parse(out)).toBeTruthy();
      expect(out).not.toContain(secret.slice(17));
      expect(out).not.toContain(keyDigest(secret));
    }
    expect((await signet("delegation list --json")).out).not.toContain("sgx-");
    expect((await signet("delegation show acme --json")).out).toContain("sgx-");
  });

  it("gets every problem of a command reported", async () => {
    const wrong = await signet(
      `delegation create Acme --role-arn x --model 'a b' --operation Frob --tag aws:x=1`,
    );
    expect(wrong.status).toBe(1);
    expect(
      wrong.err
        .trimEnd()
        .split("\n")
        .map((line) => line.split(": ")[1]),
    ).toEqual([
      "name",
      "roleArn",
      "region",
      "grants[0].operations[0]",
      "grants[0].models[0]",
      "session.tags[0][0]",
    ]);
  });

  it("gets the region of the environment unless another is given", async () => {
    const { out } = await signet(
      "delegation create acme --no-role --account 111122223333 --model '*' --json",
      {
        AWS_REGION: "eu-west-1",
      },
    );
    expect(JSON.parse(out)).toMatchObject({ region: "eu-west-1", grants: [{ regions: ["eu-west-1"] }] });
  });

  it("creates no store by looking for one", async () => {
    const { status, out, err } = await signet("key list");
    expect([status, out]).toEqual([1, ""]);
    expect(err).toContain(`no store exists at ${path.join(cwd, "signet-data/signet.db")}`);
    expect(() => statSync(path.join(cwd, "signet-data"))).toThrow("ENOENT");
  });

  it("finds the store from anywhere with --data, before or after the command", async () => {
    const data = path.join(cwd, "elsewhere");
    await shown(`--data ${data} delegation create acme ${ROLE} --model '*'`);
    expect(await shown(`delegation list --data ${data}`)).toContain("acme");
    expect(statSync(path.join(data, "signet.db")).mode & 0o777).toBe(0o600);
  });

  it.each(["delegation create", "client add app", "key", "key frob", "key list --frob", "frob"])(
    "gets the usage for a wrong `signet %s`, with status 2",
    async (line) => {
      const { status, out, err } = await signet(line);
      expect([status, out]).toEqual([2, ""]);
      expect(err).toMatch(/--help|Usage:/);
    },
  );

  it.each([
    "delegation create",
    "delegation show",
    "client add",
    "client join",
    "key create",
    "key rotate",
    "config print",
  ])("sees an example in `signet %s --help`", async (line) => {
    const { status, out } = await signet(`${line} --help`);
    expect(status).toBe(0);
    expect(out).toContain("Example:");
    expect(out).toContain("--json");
  });
});

describe("the configuration's commands", () => {
  it("report that it is valid, or every problem", async () => {
    expect(await shown("config check")).toBe("the configuration is valid");
    writeFileSync(path.join(cwd, "signet.yaml"), "listen:\n  port: 99999\nlog:\n  levle: info\n");
    expect(await signet("config check")).toEqual({
      status: 1,
      out: "",
      err: "signet: signet.yaml:2: listen.port: must be at most 65535\nsignet: signet.yaml:4: log.levle: no such setting; did you mean level?\n",
    });
    expect(JSON.parse((await signet("config check --json")).out)).toEqual({
      ok: false,
      problems: [
        { where: "signet.yaml:2", path: "listen.port", message: "must be at most 65535" },
        { where: "signet.yaml:4", path: "log.levle", message: "no such setting; did you mean level?" },
      ],
    });
  });

  it("read the file of prices, too", async () => {
    writeFileSync(path.join(cwd, "signet.yaml"), "prices: { file: p.yaml }\n");
    const missing = await signet("config check");
    expect([missing.status, missing.err]).toEqual([1, `signet: ${path.join(cwd, "p.yaml")}: no such file\n`]);
    writeFileSync(path.join(cwd, "p.yaml"), "prices:\n  - { model: a, input: 1 }\n");
    expect((await signet("config check")).err).toMatch(/^signet: p\.yaml:2: prices\.0\.output: must be US/);
    expect((await signet("prices")).err).toMatch(/^signet: p\.yaml:2: prices\.0\.output: must be US/);
    expect((await signet("doctor")).out).toMatch(
      /✗ configuration +p\.yaml:2: prices\.0\.output: .*\n.*docs\/limits\.md/,
    );
  });

  it("show each setting and where it comes from", async () => {
    writeFileSync(path.join(cwd, "my.yaml"), "log:\n  level: warn\n");
    const { out } = await signet("--config my.yaml config print", { SIGNET_LISTEN_PORT: "9000" });
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(["SETTING", "VALUE", "FROM"]);
    expect(rows).toContainEqual(["listen.port", "9000", "SIGNET_LISTEN_PORT"]);
    expect(rows).toContainEqual(["log.level", "warn", "my.yaml:2"]);
    expect(rows).toContainEqual(["timeouts.idleSeconds", "300", "default"]);
  });
});
