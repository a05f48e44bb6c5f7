/** A key, a client or a delegation withdrawn by another process: refused, and cut off, within a second. */
import http from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WIRES, brokenEvents, eventsOf, open, pathOf, type OpenCall } from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { newWorld, until, type World } from "../support/world.ts";
import { readChanges } from "../../src/audit/changes.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { systemClock } from "../../src/core/clock.ts";
import { revokeClient } from "../../src/registry/clients.ts";
import { revokeKey } from "../../src/registry/keys.ts";
import { revokeDelegation, suspendDelegation } from "../../src/registry/lifecycle.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

const OPERATOR = { actor: "cli:test", clock: systemClock };
/** What SECURITY.md promises: milliseconds from the commit to the first refusal. */
const PROMISED_MS = 1_000;

let world: World;
/** The store as `signet key revoke` opens it: another connection to the same file. */
let elsewhere: Store;

beforeEach(async () => {
  world = await newWorld();
  elsewhere = await openSqliteStore(world.storeFile);
});
afterEach(async () => {
  await elsewhere.close();
  await world.close();
});

function converse(token: string) {
  const headers = [`x-api-key: ${token}`];
  return raw(world.gateway.url, request({ path: pathOf("converse"), headers, body: converseBody("hello") }));
}

async function record(call: Pick<OpenCall, "headers">) {
  const id = call.headers["x-signet-request-id"];
  return until(async () =>
    (await world.calls()).find((each) => each.call === id && each.outcome !== "running"),
  );
}

describe("a revoked key", () => {
  it("is refused within a second of the commit, repeatedly, and no longer reaches AWS", async () => {
    const { id, token } = await world.newKey();
    expect((await converse(token)).status).toBe(200);
    await elsewhere.keys.revoke(id, Date.now());
    const committedAt = performance.now();
    const succeededAt: number[] = [];
    await until(async () => {
      const sentAt = performance.now();
      const answer = await converse(token);
      if (answer.status === 200) succeededAt.push(sentAt);
      return answer.headers["x-signet-error"] === "authentication_failed" || undefined;
    });
    expect(succeededAt.filter((at) => at > committedAt + PROMISED_MS)).toEqual([]);
    const calls = world.sandbox.calls().length;
    for (let i = 0; i < 20; i++) expect((await converse(token)).status).toBe(403);
    expect(world.sandbox.calls()).toHaveLength(calls);
    expect((await converse(world.token)).status).toBe(200);
  });

  it.each(WIRES)("ends its running streams (%s)", async (wire) => {
    const { id, token } = await world.newKey();
    const call = await open({ ...world, token }, wire, "[[slow:20]] [[long:5000]]");
    const other = await open(world, wire, "[[slow:20]] [[long:60]]");
    const events = eventsOf(call.body);
    await events.next();
    await elsewhere.keys.revoke(id, Date.now());
    await expect(Array.fromAsync(events)).rejects.toThrow();
    const ended = await record(call);
    expect(ended).toMatchObject({ outcome: "revoked", usage: { source: "estimated" } });
    expect(ended.usage?.outputTokens).toBeGreaterThan(0);
    await until(() => world.sandbox.calls().some(({ aborted }) => aborted) || undefined);
    // Other keys' streams continue undisturbed.
    expect((await Array.fromAsync(eventsOf(other.body))).at(-1)?.type).toBe("metadata");
  });

  it("ends a stream whose caller does not read", async () => {
    const { id, token } = await world.newKey();
    const call = await open({ ...world, token }, "HTTP/1.1", "[[long:90000]]");
    await elsewhere.keys.revoke(id, Date.now());
    expect(await record(call)).toMatchObject({ outcome: "revoked" });
    expect((await brokenEvents(call.body)).broken).toBe(true);
  });

  it("is not drained for a caller who has disconnected", async () => {
    const { id, token } = await world.newKey();
    const call = await open({ ...world, token }, "HTTP/1.1", "[[slow:20]] [[long:5000]]");
    await eventsOf(call.body).next();
    call.leave();
    await elsewhere.keys.revoke(id, Date.now());
    expect(await record(call)).toMatchObject({ usage: { source: "estimated" } });
    await until(() => world.sandbox.calls().some(({ aborted }) => aborted) || undefined);
  });

  it("answers a call that is waiting for Bedrock with the same refusal as any invalid key", async () => {
    const { id, token } = await world.newKey();
    world.sandbox.faults.set({ firstByteDelayMs: 5_000 });
    const waiting = converse(token);
    await until(() => world.sandbox.calls().some(({ service }) => service === "bedrock") || undefined);
    await elsewhere.keys.revoke(id, Date.now());
    const answer = await waiting;
    expect(answer).toMatchObject({
      status: 403,
      headers: { "x-signet-error": "authentication_failed" },
    });
    expect(await record(answer)).toMatchObject({ outcome: "revoked", status: 403 });
  });

  it("is not used for a request still being received, or while the session is obtained", async () => {
    const { id, token } = await world.newKey();
    const body = converseBody("hello");
    const headers = { "x-api-key": token, "content-length": Buffer.byteLength(body) };
    const sent = http.request(world.gateway.url, {
      method: "POST",
      path: pathOf("converse"),
      headers,
      agent: false,
    });
    const status = new Promise((resolve) => void sent.on("response", (answer) => resolve(answer.statusCode)));
    sent.write(body.slice(0, 10));
    world.sandbox.faults.set({ stsDelayMs: 1_500 });
    const cold = converse(token);
    await until(() => world.sandbox.calls().some(({ service }) => service === "sts") || undefined);
    await elsewhere.keys.revoke(id, Date.now());
    await until(async () => ((await converse(token)).status === 403 ? true : undefined));
    sent.end(body.slice(10));
    expect(await status).toBe(403);
    expect((await cold).status).toBe(403);
    expect(world.sandbox.calls().filter(({ service }) => service === "bedrock")).toEqual([]);
  });
});

describe("a key's expiry", () => {
  it("set by another process ends the key and its streams", async () => {
    const { id, token } = await world.newKey();
    const call = await open({ ...world, token }, "h2c", "[[slow:20]] [[long:5000]]");
    const events = eventsOf(call.body);
    await events.next();
    await elsewhere.keys.setExpiry(id, Date.now());
    await expect(Array.fromAsync(events)).rejects.toThrow();
    expect(await record(call)).toMatchObject({ outcome: "revoked" });
    expect((await converse(token)).headers["x-signet-error"]).toBe("authentication_failed");
  });

  it("that passes cuts off running calls", async () => {
    const { token } = await world.newKey({ expiresAt: Date.now() + 1_500 });
    await until(async () => ((await converse(token)).status === 200 ? true : undefined));
    const call = await open({ ...world, token }, "HTTP/1.1", "[[slow:20]] [[long:5000]]");
    expect((await brokenEvents(call.body)).broken).toBe(true);
    expect(await record(call)).toMatchObject({ outcome: "revoked" });
  });
});

describe("a delegation", () => {
  it("that is suspended refuses its callers and cuts off their streams, and serves again once active", async () => {
    const call = await open(world, "h2c", "[[slow:20]] [[long:5000]]");
    const events = eventsOf(call.body);
    await events.next();
    await suspendDelegation(elsewhere, "team-a", OPERATOR);
    await expect(Array.fromAsync(events)).rejects.toThrow();
    expect(await record(call)).toMatchObject({ outcome: "revoked" });
    const refused = await converse(world.token);
    expect([refused.status, refused.headers["x-signet-error"]]).toEqual([403, "delegation_inactive"]);
    const suspended = await elsewhere.delegations.get("team-a");
    await elsewhere.delegations.update({ ...suspended!, state: "active" });
    await until(async () => ((await converse(world.token)).status === 200 ? true : undefined));
  });

  it("that is revoked cuts off its streams, and its session is removed from memory", async () => {
    const call = await open(world, "HTTP/1.1", "[[slow:20]] [[long:5000]]");
    await eventsOf(call.body).next();
    await revokeDelegation(elsewhere, "team-a", OPERATOR);
    expect((await brokenEvents(call.body)).broken).toBe(true);
    expect(await record(call)).toMatchObject({ outcome: "revoked" });
    const assumed = () => world.sandbox.calls().filter(({ operation }) => operation === "AssumeRole").length;
    const before = assumed();
    // If the session were still in memory, a new active delegation of that name would use it.
    const revoked = await elsewhere.delegations.get("team-a");
    await elsewhere.delegations.update({ ...revoked!, state: "active" });
    await until(async () => ((await converse(world.token)).status === 200 ? true : undefined));
    expect(assumed()).toBe(before + 1);
  });
});

describe("a client", () => {
  it("that is revoked is refused with all of its keys, and its streams are cut off", async () => {
    const second = await world.newKey();
    const call = await open(world, "h2c", "[[slow:20]] [[long:5000]]");
    const events = eventsOf(call.body);
    await events.next();
    await revokeClient(elsewhere, "app", OPERATOR);
    await expect(Array.fromAsync(events)).rejects.toThrow();
    expect(await record(call)).toMatchObject({ outcome: "revoked" });
    for (const token of [world.token, second.token])
      expect((await converse(token)).headers["x-signet-error"]).toBe("authentication_failed");
  });
});

describe("a change", () => {
  it("by another process reaches the audit log, with its author, and leaves the store", async () => {
    const { id } = await world.newKey();
    await revokeKey(elsewhere, id, OPERATOR);
    const recorded = await until(async () => {
      const changes = await Array.fromAsync(readChanges(world.auditDir));
      return changes.find(({ subject }) => subject === `key/${id}`);
    });
    expect(recorded).toMatchObject({
      actor: "cli:test",
      action: "key.revoke",
      records: [expect.any(Number)],
    });
    await until(async () => ((await elsewhere.changes.pending(1)).length === 0 ? true : undefined));
    expect(await verifyAudit(world.auditDir)).toMatchObject({ ok: true });
  });
});

describe("a new key", () => {
  it("created by another process works without a restart", async () => {
    const { token } = await world.newKey();
    expect((await converse(token)).status).toBe(200);
  });
});
