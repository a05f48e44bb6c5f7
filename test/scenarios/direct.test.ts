/** The direct pattern at the command line: a Bedrock API key that a client uses without the gateway. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { DelegationTemplate } from "../../src/iam/document.ts";
import { signet as run } from "../support/command.ts";
import { HAIKU, until } from "../support/world.ts";

const ACCOUNT = "111122223333";
const MAIN = path.resolve(import.meta.dirname, "../../src/cli/main.ts");

let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;

beforeEach(async () => {
  sandbox = await startSandbox();
  cwd = mkdtempSync(path.join(tmpdir(), "signet-direct-"));
  const base = seedDefaults(sandbox);
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

async function lend(options: string): Promise<void> {
  const models = "--model 'us.anthropic.claude-3-5-haiku-*' --model amazon.nova-lite-v1:0";
  await signet(`delegation create acme --account ${ACCOUNT} --region us-east-1 ${models} ${options}`);
  const template = JSON.parse((await signet("delegation template acme --json")).out) as DelegationTemplate;
  sandbox.iam.createRole({
    account: ACCOUNT,
    roleName: template.roleName,
    trustPolicy: template.trustPolicy,
    inlinePolicies: { [template.policyName]: template.permissions },
  });
  const { status, out } = await signet("delegation verify acme");
  expect([status, out]).toEqual([0, expect.stringContaining("acme is now active")]);
  await signet("client add app --delegation acme --model 'us.anthropic.claude-3-5-haiku-*'");
}

/** As an application would: straight to Bedrock. */
async function converse(token: string, modelId = HAIKU): Promise<string> {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: sandbox.url,
    token: { token },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
  try {
    await client.send(
      new ConverseCommand({ modelId, messages: [{ role: "user", content: [{ text: "hi" }] }] }),
    );
    return "ok";
  } catch (error) {
    return error instanceof Error ? error.name : "failed";
  } finally {
    client.destroy();
  }
}

describe("signet bedrock-key mint", () => {
  it("gives a key that may do what its client may, and nothing else", async () => {
    await lend("--bedrock-api-keys");
    const { out, err, status } = await signet("bedrock-key mint acme --client app --expires-in 15m");
    expect([status, out]).toEqual([0, expect.stringMatching(/^bedrock-api-key-\S+\n$/)]);
    expect(err).toContain("For us-east-1 alone, until");
    const token = out.trim();
    expect(await converse(token)).toBe("ok");
    // The delegation grants it, the client doesn't.
    expect(await converse(token, "amazon.nova-lite-v1:0")).toBe("AccessDeniedException");
    expect(await converse(token, "amazon.nova-pro-v1:0")).toBe("AccessDeniedException");
    const { roleSessionName } = sandbox.calls().at(-1) ?? {};
    expect(roleSessionName).toBe("signet-app");
    sandbox.faults.set({ clockSkewMs: 16 * 60_000 });
    expect(await converse(token)).toBe("AccessDeniedException");
  });

  it("refuses where keys weren't lent, and says how to lend them", async () => {
    await lend("");
    const { out, err, status } = await signet("bedrock-key mint acme --client app");
    expect([status, out]).toEqual([1, ""]);
    expect(err).toContain("signet delegation edit acme --bedrock-api-keys");
    await signet("delegation suspend acme");
    expect((await signet("bedrock-key mint acme --client app")).err).toContain("acme is suspended");
    expect((await signet("bedrock-key mint acme --client nobody")).err).toContain('no client "nobody"');
  });
});

describe("signet bedrock-key keep", () => {
  it("keeps a file fresh until the client is revoked, and says why it ends", async () => {
    await lend("--bedrock-api-keys");
    const file = path.join(cwd, "bedrock.env");
    const args = ["bedrock-key", "keep", "acme", "--client", "app", "--file", file, "--format", "env"];
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ended = once(child, "close");
    await until(() => (said.includes("delivered") ? true : undefined));
    const [, token = ""] = /^AWS_BEARER_TOKEN_BEDROCK=(\S+)\n$/.exec(readFileSync(file, "utf8")) ?? [];
    expect(await converse(token)).toBe("ok");
    expect(said).not.toContain(token);
    await signet("client revoke app");
    expect(await ended).toEqual([1, null]);
    expect(said).toContain("app is revoked");
    // What was handed out lives on: only the role's owner can end it.
    expect(await converse(token)).toBe("ok");
  });
});
