import { mkdtempSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFlashback, type FlashbackServer } from "../../test/support/flashback.ts";
import { startUpstream, type Upstream } from "../../test/support/upstream.ts";
import { systemClock } from "../core/clock.ts";
import { AI_LLM_TYPES, type AiLlmType } from "../store/flashback.ts";
import { Secret } from "../core/secret.ts";
import { OperatorError } from "../registry/errors.ts";
import { newClient, newDelegation, newKey } from "../store/contract.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import {
  connectFlashback,
  disconnectFlashback,
  keyRevoked,
  keyRotated,
  type ConnectInput,
} from "./connect.ts";
import { flashbackFields } from "./fields.ts";
import { flashbackPlatform, type Platform } from "./platform.ts";

const TOKEN = "platform-token-canary";
const SECRET = "sgk_secret-canary";
const OLD = "AAAAAAAAAAAA";
const NEW = "BBBBBBBBBBBB";
const PAIR = "SGNTABCDEFGHIJKLMNOP";

let folder: string;
let store: Store;
let flashback: FlashbackServer;
let platform: Platform;
/** In place of the gateway: it answers every call with 200. */
let endpoint: Upstream;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-flashback-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
  await store.delegations.add(newDelegation());
  await store.clients.add(newClient());
  for (const id of [OLD, NEW]) await store.keys.add(newKey({ id }));
  flashback = await startFlashback(TOKEN);
  platform = flashbackPlatform({ url: flashback.url, token: new Secret(TOKEN) });
  endpoint = await startUpstream((socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
  });
});
afterEach(async () => {
  await Promise.all([flashback.close(), endpoint.close(), store.close()]);
  rmSync(folder, { recursive: true });
});

const parts = () => ({ store, platform, operator: { actor: "cli:test", clock: systemClock } });

function connect(change: Partial<ConnectInput> = {}) {
  const input: ConnectInput = {
    type: "OPENAI",
    name: "bedrock",
    workspaceId: "42",
    publicUrl: endpoint.url,
    key: OLD,
    secret: new Secret(SECRET),
    ...change,
  };
  return connectFlashback(parts(), input, () => undefined);
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => new Error("was not refused"),
    (thrown: unknown) => thrown,
  );
  const text = error instanceof Error ? `${error.name}: ${error.message}\n${JSON.stringify(error)}` : "";
  for (const canary of [TOKEN, SECRET]) expect(text).not.toContain(canary);
  return text;
}

describe("the fields for Flashback", () => {
  it.each<[AiLlmType, string]>([
    ["OPENAI", "https://signet.example.com/v1"],
    ["OTHER", "https://signet.example.com/v1"],
    ["ANTHROPIC", "https://signet.example.com"],
    ["GOOGLE", "https://signet.example.com"],
  ])("of type %s are its endpoint and the secret, and nothing undocumented", (type, value) => {
    expect(flashbackFields(type, "https://signet.example.com", { secret: new Secret(SECRET) })).toEqual([
      { field: "AI LLM Type", value: type },
      { field: "API Endpoint", value },
      { field: "API Secret", value: SECRET },
    ]);
  });

  it("of type AWS are both parts of an access-key pair", () => {
    const presented = { accessKeyId: PAIR, secret: new Secret(SECRET) };
    expect(flashbackFields("AWS", "https://signet.example.com", presented)).toEqual([
      { field: "AI LLM Type", value: "AWS" },
      { field: "API Endpoint", value: "https://signet.example.com" },
      { field: "API Key", value: PAIR },
      { field: "API Secret", value: SECRET },
    ]);
  });

  it("are refused for a key of the wrong kind, naming the right one", () => {
    const secret = new Secret(SECRET);
    expect(() => flashbackFields("AWS", "https://x", { secret })).toThrow(
      /^type: AWS requires .*access-key pair/,
    );
    expect(() => flashbackFields("OPENAI", "https://x", { secret, accessKeyId: PAIR })).toThrow(
      OperatorError,
    );
  });
});

describe("connecting a key to Flashback", () => {
  it.each(AI_LLM_TYPES)(
    "creates and validates a configuration of type %s with the documented fields, and stores it",
    async (type) => {
      const pair = type === "AWS" ? { accessKeyId: PAIR } : {};
      const connection = await connect({ type, ...pair });
      const made = flashback.llms.get(connection.aiLlmId);
      expect(made).toEqual({
        name: "bedrock",
        aiType: type,
        endpoint: connection.endpoint,
        ...(type === "AWS" ? { key: PAIR } : {}),
        secret: SECRET,
        workspaceId: "42",
      });
      expect(endpoint.requests).toBe(1);
      expect(await store.flashback.list()).toEqual([connection]);
      expect(JSON.stringify(connection)).not.toContain(SECRET);
    },
  );

  it("leaves nothing behind if validation fails, and reports Flashback's message", async () => {
    await endpoint.close();
    expect(await refusal(connect())).toContain("validation failed: the endpoint can't be reached");
    expect([flashback.llms.size, await store.flashback.list()]).toEqual([0, []]);
  });

  it("doesn't count an empty answer as a successful validation", async () => {
    const silent = (id: string) => {
      flashback.answerNext((response) => response.writeHead(204).end());
      return flashbackPlatform({ url: flashback.url, token: new Secret(TOKEN) }).validate(id);
    };
    platform = { ...platform, validate: silent };
    expect(await refusal(connect())).toContain("did not validate it");
    expect([flashback.llms.size, await store.flashback.list()]).toEqual([0, []]);
  });

  it("repeats no secrets and no control characters from Flashback's or the endpoint's messages", async () => {
    const validating = (id: string) => {
      const message = `\u001b[2J\u202e401 for ${SECRET}, asked with ${TOKEN}`;
      flashback.answerNext((response) => response.end(JSON.stringify({ success: false, message })));
      return flashbackPlatform({ url: flashback.url, token: new Secret(TOKEN) }).validate(id);
    };
    platform = { ...platform, validate: validating };
    expect(await refusal(connect())).toContain("failed:  [2J 401 for [redacted] asked with [redacted]");
  });

  it("warns, if the answer is lost, that the configuration of this name may exist", async () => {
    flashback.answerNext((response) => response.destroy());
    expect(await refusal(connect())).toContain('if "bedrock" was created anyway, remove it in Flashback');
  });

  it("refuses an id that would lead to another path", async () => {
    flashback.answerNext((response) => response.end('{"success":true,"aiLlmId":".."}'));
    expect(await refusal(connect())).toContain("did not create it");
    await expect(platform.remove("..")).rejects.toThrow('".." is not a valid aiLlmId');
  });

  it("leaves nothing behind if the connection can't be stored", async () => {
    expect(await refusal(connect({ key: "CCCCCCCCCCCC" }))).toContain("StoreError");
    expect(flashback.llms.size).toBe(0);
  });

  it("names the id of a configuration that can't be removed again", async () => {
    await endpoint.close();
    const dead = (response: { destroy(): void }) => response.destroy();
    const validating = {
      ...platform,
      remove: (id: string) => (flashback.answerNext(dead), platform.remove(id)),
    };
    const input = { type: "OTHER", name: "n", workspaceId: "1", publicUrl: endpoint.url, key: OLD } as const;
    const undoing = { ...parts(), platform: validating };
    const attempt = connectFlashback(undoing, { ...input, secret: new Secret(SECRET) }, () => undefined);
    expect(await refusal(attempt)).toContain("the configuration llm-1 could not be removed from Flashback");
  });

  it("reports a wrong token", async () => {
    platform = flashbackPlatform({ url: flashback.url, token: new Secret(`${TOKEN}x`) });
    expect(await refusal(connect())).toContain("Flashback refused the platform token (401)");
  });

  it("reports that Flashback is down", async () => {
    await flashback.close();
    expect(await refusal(connect())).toContain("could not be reached");
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ["a page", (response) => response.end("<html>"), /something other than JSON/],
    ["too much", (response) => response.end("x".repeat(2_000_000)), /too large/],
    ["an unknown form", (response) => response.end('{"success":true}'), /did not create it/],
    [
      "a redirect",
      (response) => response.writeHead(302, { location: `${endpoint.url}/steal` }).end(),
      /redirect \(302\), which is not followed/,
    ],
    [
      "a message that moves the cursor",
      (response) => response.writeHead(400).end('{"message":"\\u001b[2Jno"}'),
      /answered 400: \s\[2Jno/,
    ],
  ])("survives %s as an answer", async (_name, answer, expected) => {
    flashback.answerNext(answer);
    expect(await refusal(connect())).toMatch(expected);
    // The token was sent nowhere else.
    expect(endpoint.requests).toBe(0);
    expect(await store.flashback.list()).toEqual([]);
  });
});

describe("a configuration", () => {
  it("of type AWS gets both parts of the new pair when its key is rotated", async () => {
    const { aiLlmId } = await connect({ type: "AWS", accessKeyId: PAIR });
    const issued = { key: NEW, accessKeyId: "SGNTZZZZZZZZZZZZZZZZ", secret: new Secret("new-secret") };
    expect(await keyRotated(parts(), OLD, issued)).toMatchObject([{ result: "updated" }]);
    expect(flashback.llms.get(aiLlmId)).toMatchObject({ key: "SGNTZZZZZZZZZZZZZZZZ", secret: "new-secret" });
  });

  it("gets the new secret when its key is rotated", async () => {
    const { aiLlmId } = await connect();
    const followed = await keyRotated(parts(), OLD, { key: NEW, secret: new Secret("sgk_new") });
    expect(followed).toMatchObject([{ result: "updated" }]);
    expect(flashback.llms.get(aiLlmId)?.secret).toBe("sgk_new");
    expect((await store.flashback.get(aiLlmId))?.key).toBe(NEW);
    const changes = await store.changes.pending(10);
    expect(changes.map(({ action, subject, after }) => [action, subject, after["key"]])).toEqual([
      ["flashback.connect", `flashback/${aiLlmId}`, OLD],
      ["flashback.rotate", `flashback/${aiLlmId}`, NEW],
    ]);
  });

  it("whose update failed still holds the old key, and is found by it at the next rotation", async () => {
    const { aiLlmId } = await connect();
    flashback.answerNext((response) => response.writeHead(503).end());
    const issued = { key: NEW, secret: new Secret("sgk_new") };
    expect(await keyRotated(parts(), OLD, issued)).toMatchObject([
      { result: "failed", message: "Flashback answered 503" },
    ]);
    expect((await store.flashback.get(aiLlmId))?.key).toBe(OLD);
    expect(await keyRotated(parts(), OLD, issued)).toMatchObject([{ result: "updated" }]);
    expect(flashback.llms.get(aiLlmId)?.secret).toBe("sgk_new");
  });

  it("is removed when its key is revoked", async () => {
    await connect();
    expect(await keyRevoked(parts(), OLD)).toMatchObject([{ result: "removed" }]);
    expect([flashback.llms.size, await store.flashback.list()]).toEqual([0, []]);
  });

  it("that Flashback no longer has is forgotten", async () => {
    const { aiLlmId } = await connect();
    flashback.llms.delete(aiLlmId);
    expect(await keyRevoked(parts(), OLD)).toMatchObject([{ result: "forgotten" }]);
    expect(await store.flashback.list()).toEqual([]);
  });

  it("that can't be forgotten is reported as failed, without affecting others", async () => {
    const first = await connect();
    await connect({ name: "second" });
    flashback.llms.delete(first.aiLlmId);
    const transactions: Store["transaction"][] = [() => Promise.reject(new Error("the disk is full"))];
    const failingOnce: Store = {
      ...store,
      transaction: (work) => (transactions.pop() ?? store.transaction.bind(store))(work),
    };
    const followed = await keyRevoked({ ...parts(), store: failingOnce }, OLD);
    expect(followed.map(({ result, message }) => [result, message])).toEqual([
      ["failed", "the disk is full"],
      ["removed", undefined],
    ]);
  });

  it("is updated or removed whatever the form of the answer, unless it reports failure", async () => {
    await connect();
    flashback.answerNext((response) => response.end('{"aiLlm":{"id":"llm-1"}}'));
    await platform.update("llm-1", { secret: new Secret("sgk_new") });
    flashback.answerNext((response) => response.writeHead(204).end());
    await platform.remove("llm-1");
    flashback.answerNext((response) => response.end('{"success":false,"message":"a repository uses it"}'));
    expect(await keyRevoked(parts(), OLD)).toMatchObject([
      { result: "failed", message: "Flashback did not delete it: a repository uses it" },
    ]);
  });

  it("that fails doesn't affect others, and is kept for another attempt", async () => {
    const first = await connect();
    const second = await connect({ name: "second" });
    flashback.answerNext((response) => response.writeHead(500).end('{"message":"later"}'));
    const followed = await keyRevoked(parts(), OLD);
    expect(followed.map(({ result, message }) => [result, message])).toEqual([
      ["failed", "Flashback answered 500: later"],
      ["removed", undefined],
    ]);
    expect(await store.flashback.list()).toEqual([first]);
    expect(flashback.llms.has(second.aiLlmId)).toBe(false);
  });

  it("of another platform is never sent this one's token", async () => {
    const made = await connect();
    const other = await startFlashback(TOKEN);
    const elsewhere = flashbackPlatform({ url: other.url, token: new Secret(TOKEN) });
    expect(await keyRevoked({ ...parts(), platform: elsewhere }, OLD)).toMatchObject([
      { result: "failed", message: expect.stringContaining("it was created at") },
    ]);
    const removing = disconnectFlashback({ ...parts(), platform: elsewhere }, made);
    await expect(removing).rejects.toThrow("it was created at");
    expect(await store.flashback.list()).toEqual([made]);
    await other.close();
  });
});
