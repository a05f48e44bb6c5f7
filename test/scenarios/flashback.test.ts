/** Flashback at the command line: a configuration that follows its key from rotation to revocation. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FlashbackConnection } from "../../src/store/flashback.ts";
import type { Key } from "../../src/core/delegation.ts";
import { signet as run } from "../support/command.ts";
import { startFlashback, type FlashbackServer } from "../support/flashback.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

const TOKEN = "platform-token-canary";

let flashback: FlashbackServer;
/** In place of the gateway, as Flashback calls it. */
let endpoint: Upstream;
let cwd: string;

beforeEach(async () => {
  flashback = await startFlashback(TOKEN);
  endpoint = await startUpstream((socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
  });
  cwd = mkdtempSync(path.join(tmpdir(), "signet-flashback-"));
  writeFileSync(path.join(cwd, "token"), `${TOKEN}\n`);
  const configured = `listen: { publicUrl: "${endpoint.url}" }\nflashback: { url: "${flashback.url}", tokenFile: token }\n`;
  writeFileSync(path.join(cwd, "signet.yaml"), configured);
  await signet("delegation create acme --no-role --account 111122223333 --region us-east-1 --model '*'");
  await signet("client add app --delegation acme");
});
afterEach(async () => {
  await Promise.all([flashback.close(), endpoint.close()]);
  rmSync(cwd, { recursive: true, force: true });
});

async function signet(line: string, input?: string) {
  const ended = await run(line, { cwd, env: {}, ...(input === undefined ? {} : { input }) });
  expect(ended.out + ended.err).not.toContain(TOKEN);
  expect(ended.err).not.toContain("    at ");
  return ended;
}

async function connect(): Promise<FlashbackConnection> {
  const { out } = await signet(
    "flashback connect --type OPENAI --new-key app --name bedrock --workspace 42 --json",
  );
  return JSON.parse(out) as FlashbackConnection;
}

const secretOf = (id: string) => flashback.llms.get(id)?.secret;

describe("signet flashback fields", () => {
  it("prints exactly the documented fields, for a new key or one whose secret is given", async () => {
    const { out } = await signet("flashback fields --type OPENAI --new-key app");
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ["AI LLM Type", "OPENAI"],
      ["API Endpoint", `${endpoint.url}/v1`],
      ["API Secret", expect.stringMatching(/^sgk_/)],
    ]);
    const secret = lines[2]?.split(/ {2,}/)[1] ?? "";
    const [{ id }] = JSON.parse((await signet("key list --json")).out) as [Key];
    const again = await signet(`flashback fields --type ANTHROPIC --key ${id} --json`, `${secret}\n`);
    expect(JSON.parse(again.out)).toEqual({
      "AI LLM Type": "ANTHROPIC",
      "API Endpoint": endpoint.url,
      "API Secret": secret,
    });
  });

  it("prints both parts of an access-key pair for type AWS, and accepts such a key with its secret", async () => {
    writeFileSync(path.join(cwd, "master.key"), (await signet("master-key")).out);
    const configured = `listen: { publicUrl: "${endpoint.url}" }\naccessKeyPairs: { masterKeyFile: master.key }\n`;
    writeFileSync(path.join(cwd, "signet.yaml"), configured);
    const { out } = await signet("flashback fields --type AWS --new-key app --json");
    const fields = JSON.parse(out) as Record<string, string>;
    expect(fields).toEqual({
      "AI LLM Type": "AWS",
      "API Endpoint": endpoint.url,
      "API Key": expect.stringMatching(/^SGNT[A-Z2-7]{16}$/),
      "API Secret": expect.stringMatching(/^[0-9A-Za-z]{40}$/),
    });
    const [{ id }] = JSON.parse((await signet("key list --json")).out) as [Key];
    const again = await signet(`flashback fields --type AWS --key ${id} --json`, `${fields["API Secret"]}\n`);
    expect(JSON.parse(again.out)).toEqual(fields);
    const other = await signet(`flashback fields --type OPENAI --key ${id}`, `${fields["API Secret"]}\n`);
    expect([other.status, other.err]).toEqual([
      1,
      expect.stringContaining("OPENAI requires a key that is a bearer"),
    ]);
    const rotated = await signet(`key rotate ${id}`);
    expect(rotated.out).toMatch(/^AWS_ACCESS_KEY_ID=SGNT\w{16}\nAWS_SECRET_ACCESS_KEY=\w{40}\n$/);
  });

  it("rejects another key's secret, a type it can't serve, and a missing key", async () => {
    await signet("key create app");
    const [{ id }] = JSON.parse((await signet("key list --json")).out) as [Key];
    const wrong = await signet(`flashback fields --type OPENAI --key ${id}`, "sgk_wrong\n");
    expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining(`isn't the secret of ${id}`)]);
    expect((await signet("flashback fields --type AWS --new-key app")).err).toContain(
      "signet: accessKeyPairs: access-key pairs are sealed with a master key, but none is configured",
    );
    const usages = ["", `--key ${id} --new-key app`];
    for (const usage of usages)
      expect((await signet(`flashback fields --type OPENAI ${usage}`)).status, usage).toBe(2);
    expect((await signet("flashback fields --type OPENAI --new-key app --url signet")).err).toContain(
      "signet: url: must be a URL",
    );
    const [, successor] = (await signet(`key rotate ${id} --overlap 0s`)).out.trim().split("_");
    const expired = await signet(`flashback fields --type OPENAI --key ${id}`, "");
    expect([expired.status, expired.err]).toEqual([1, expect.stringContaining(`${id} has expired`)]);
    // No key was issued.
    const keys = JSON.parse((await signet("key list --json")).out) as Key[];
    expect(keys.map((key) => key.id)).toEqual([id, successor]);
  });
});

describe("a configuration created by signet flashback connect", () => {
  it("gets the new secret when its key is rotated, and is removed when its client is revoked", async () => {
    const { aiLlmId, key } = await connect();
    const before = secretOf(aiLlmId);
    const rotated = await signet(`key rotate ${key} --overlap 1h`);
    expect([rotated.status, rotated.err]).toEqual([
      0,
      expect.stringContaining(`bedrock (${aiLlmId}) updated`),
    ]);
    expect(secretOf(aiLlmId)).toBe(rotated.out.trim());
    expect(secretOf(aiLlmId)).not.toBe(before);
    const revoked = await signet("client revoke app");
    expect(revoked.err).toContain(`bedrock (${aiLlmId}) removed`);
    expect([flashback.llms.size, (await signet("flashback list --json")).out.trim()]).toEqual([0, "[]"]);
  });

  it("is removed with its key or its delegation, and leaves its key when disconnected", async () => {
    const first = await connect();
    const second = await connect();
    const third = await connect();
    expect((await signet(`flashback disconnect ${first.aiLlmId}`)).err).toContain(`key revoke ${first.key}`);
    await signet(`key revoke ${second.key}`);
    expect([...flashback.llms.keys()]).toEqual([third.aiLlmId]);
    await signet("delegation revoke acme");
    expect(flashback.llms.size).toBe(0);
  });

  it("that can't be updated leaves the revocation in effect, is reported, and exits with 1", async () => {
    const { aiLlmId, key } = await connect();
    flashback.answerNext((response) => response.writeHead(500).end('{"message":"down"}'));
    const { status, out, err } = await signet(`key revoke ${key}`);
    expect([status, out]).toEqual([1, expect.stringContaining(`${key} has been revoked`)]);
    expect(err).toContain(`bedrock (${aiLlmId}) failed: Flashback answered 500: down`);
    // Again, once Flashback works.
    expect((await signet(`key revoke ${key}`)).err).toContain("removed");
  });

  it("that fails validation is removed, and so is its key", async () => {
    await endpoint.close();
    const failed = await signet("flashback connect --type OTHER --new-key app --name bedrock --workspace 42");
    expect([failed.status, failed.err]).toEqual([1, expect.stringContaining("validation failed")]);
    expect(flashback.llms.size).toBe(0);
    const [key] = JSON.parse((await signet("key list --json")).out) as [Key];
    expect(key.revokedAt).toBeDefined();
  });

  it("requires the platform's settings, each reported by name", async () => {
    rmSync(path.join(cwd, "token"));
    const untold = await signet("flashback connect --type OPENAI --new-key app --name b --workspace 4");
    expect([untold.status, untold.err]).toEqual([
      1,
      expect.stringContaining("signet: flashback.tokenFile: can't be read: ENOENT"),
    ]);
    writeFileSync(path.join(cwd, "signet.yaml"), "log: { level: info }\n");
    const { err } = await signet("flashback connect --type OPENAI --new-key app --name b --workspace 4");
    expect(err).toContain("flashback.url: must be configured");
    expect(err).toContain("flashback.tokenFile: must be configured");
  });
});
