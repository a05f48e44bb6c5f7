/** `signet bedrock-key` as an operator runs it: one key on stdout, or one kept renewed at its destinations. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { signet as run } from "../support/command.ts";
import { startFlashback } from "../support/flashback.ts";
import { ENTRY, PROCESS_ENV } from "../support/process.ts";
import { delegateRole, newDelegation, until } from "../support/world.ts";

const TOKEN = /bedrock-api-key-[A-Za-z0-9+/=]{100,}/;
const PLATFORM_TOKEN = "platform-token";

let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;

beforeEach(async () => {
  sandbox = await startSandbox();
  const base = seedDefaults(sandbox);
  cwd = mkdtempSync(path.join(tmpdir(), "signet-direct-"));
  mkdirSync(path.join(cwd, "signet-data"), { mode: 0o700 });
  const store = await openSqliteStore(path.join(cwd, "signet-data", "signet.db"));
  const models = ["amazon.nova-lite-v1:0"];
  const grants = [
    { operations: ["Converse" as const], models, regions: ["us-east-1", "us-west-2"], settings: [] },
  ];
  const delegation = newDelegation(delegateRole(sandbox, base.userArn), grants);
  await store.delegations.add({ ...delegation, role: { bedrockApiKeys: true } });
  const delegations = [{ delegation: "team-a", grants: null }];
  await store.clients.add({ name: "app", delegations, createdAt: 0 });
  await store.close();
  env = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
  };
});
afterEach(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

const signet = (line: string) => run(line, { cwd, env });

interface Keeping {
  child: ChildProcess;
  out: string[];
  err: string[];
  ended: Promise<number | null>;
}

/** `keep`, once it has printed its first line. */
async function keep(...args: string[]): Promise<Keeping> {
  const child = spawn(
    process.execPath,
    [ENTRY, "bedrock-key", "keep", "team-a", "--client", "app", "--json", ...args],
    { cwd, env: { ...PROCESS_ENV, ...env } },
  );
  const keeping: Keeping = {
    child,
    out: [],
    err: [],
    ended: once(child, "close").then(([status]) => status),
  };
  createInterface({ input: child.stdout }).on("line", (line) => keeping.out.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => keeping.err.push(line));
  await until(() => keeping.out[0] ?? (child.exitCode === null ? undefined : ""));
  return keeping;
}

describe("signet bedrock-key mint", () => {
  it("prints only the key on stdout, and what it allows on stderr", async () => {
    const { status, out, err } = await signet("bedrock-key mint team-a --client app --expires-in 12h");
    expect([status, out.replace(TOKEN, "<key>")]).toEqual([0, "<key>\n"]);
    expect(err).toContain("Only in us-east-1, until");
    expect(err).toContain("Converse of amazon.nova-lite-v1:0");
    expect(err).toContain("A key can't outlive its session: those of team-a last 3600 s.");
    expect(err).toContain("signet policy revoke team-a");
    expect(err).not.toMatch(TOKEN);
    const asJson = await signet("bedrock-key mint team-a --client app --json");
    expect(JSON.parse(asJson.out)).toMatchObject({
      token: expect.stringMatching(TOKEN),
      delegation: "team-a",
      client: "app",
      region: "us-east-1",
    });
  });

  it("reports an error in one line, without a stack", async () => {
    sandbox.iam.updateTrust({
      roleArn: "arn:aws:iam::111122223333:role/bedrock",
      trustPolicy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
      },
    });
    const { status, out, err } = await signet("bedrock-key mint team-a --client app");
    expect([status, out]).toEqual([1, ""]);
    expect(err.trim()).toMatch(/^signet: no session of .*AccessDenied.*delegation verify team-a.*$/);
    expect((await signet("bedrock-key mint team-a --client app --expires-in 13h")).status).toBe(2);
    expect((await signet("bedrock-key mint team-a")).status).toBe(2);
  });
});

describe("signet bedrock-key keep", () => {
  it("delivers to every destination, never shows the key, and exits cleanly on a signal", async () => {
    const flashback = await startFlashback(PLATFORM_TOKEN);
    flashback.llms.set("llm-1", {
      name: "direct",
      aiType: "AWS",
      endpoint: "https://x.example",
      secret: "old",
    });
    writeFileSync(path.join(cwd, "platform.token"), PLATFORM_TOKEN, { mode: 0o600 });
    env = {
      ...env,
      SIGNET_FLASHBACK_URL: flashback.url,
      SIGNET_FLASHBACK_TOKEN_FILE: path.join(cwd, "platform.token"),
    };
    const file = path.join(cwd, "bedrock.env");
    const copy = path.join(cwd, "copy");
    const places = ["--file", file, "--format", "env", "--command", `tee ${copy}`, "--flashback", "llm-1"];
    const keeping = await keep(...places);
    expect([keeping.err, JSON.parse(keeping.out[0] ?? "")]).toEqual([
      [],
      expect.objectContaining({ event: "delivered", region: "us-east-1" }),
    ]);
    const [token = ""] = TOKEN.exec(readFileSync(copy, "utf8")) ?? [];
    expect(readFileSync(file, "utf8")).toBe(`AWS_BEARER_TOKEN_BEDROCK=${token}\n`);
    expect(flashback.llms.get("llm-1")?.secret).toBe(token);
    keeping.child.kill("SIGTERM");
    expect(await keeping.ended).toBe(0);
    expect([...keeping.out, ...keeping.err].join("\n")).not.toMatch(TOKEN);
    expect(keeping.err.join("\n")).toContain("signet policy revoke team-a");
    await flashback.close();
  });

  it("ends immediately when the client is revoked, and reports what remains valid", async () => {
    const keeping = await keep("--file", path.join(cwd, "token"));
    expect((await signet("client revoke app")).status).toBe(0);
    expect(await keeping.ended).toBe(1);
    const said = keeping.err.join("\n");
    expect(said).toContain("app is revoked");
    expect(said).toMatch(/The last key is valid until .*Z\./);
  });

  it("creates no key if nothing can be delivered", async () => {
    const { status, err } = await signet("bedrock-key keep team-a --client app");
    expect([status, err]).toEqual([1, expect.stringContaining("--file, --command or --flashback")]);
    const late = await signet(`bedrock-key keep team-a --client other --file ${path.join(cwd, "token")}`);
    expect([late.status, late.err]).toEqual([1, expect.stringContaining('there is no client "other"')]);
    expect([existsSync(path.join(cwd, "token")), sandbox.calls()]).toEqual([false, []]);
  });
});
