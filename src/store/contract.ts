/** What every store must do. Each implementation's test runs this suite against a real database. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Change } from "../core/change.ts";
import { systemClock } from "../core/clock.ts";
import {
  DEFAULT_ROLE,
  DEFAULT_TRUST,
  type Client,
  type Delegation,
  type Grant,
  type Key,
} from "../core/delegation.ts";
import type { FlashbackConnection } from "./flashback.ts";
import type { Verification } from "../core/verification.ts";
import { StoreError, type Store } from "./store.ts";

export interface Place {
  /** Another connection to the same data, as another process would have. */
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** Texts that end statements, match anything, or end strings where they aren't bound as parameters. */
export const HOSTILE = [
  `'; DROP TABLE key; --`,
  `" OR "1"="1`,
  "%",
  "_____",
  "a\0b",
  "\\",
  "Ünïcödé 🔑 \u202e",
  "${1}$1?:x@y",
  "__proto__",
];

const grant: Grant = {
  operations: ["Converse"],
  models: ["us.anthropic.claude-*"],
  regions: ["us-east-1"],
  settings: ["trace"],
};

export function newDelegation(change: Partial<Delegation> = {}): Delegation {
  return {
    name: "acme",
    state: "active",
    account: "111122223333",
    partition: "aws",
    roleArn: "arn:aws:iam::111122223333:role/signet",
    externalId: `sgx-${change.name ?? "acme"}`,
    trust: DEFAULT_TRUST,
    role: DEFAULT_ROLE,
    region: "us-east-1",
    grants: [grant],
    session: { durationSeconds: 3600, tags: { team: "a" }, sourceIdentity: "signet" },
    aliases: [],
    recordContent: false,
    createdAt: 1_000,
    ...change,
  };
}

export function newVerification(change: Partial<Verification>): Verification {
  return {
    delegation: "acme",
    scope: "full",
    startedAt: 1,
    finishedAt: 2,
    verdict: "pass",
    unenforced: false,
    probes: [],
    ...change,
  };
}

function newChange(id: string): Change {
  const subject = "delegation/acme";
  return { id, at: 1_000, actor: "cli:a", action: "delegation.create", subject, before: null, after: { id } };
}

function newConnection(change: Partial<FlashbackConnection> = {}): FlashbackConnection {
  return {
    aiLlmId: "llm-1",
    name: "bedrock",
    aiType: "OPENAI",
    endpoint: "https://signet.example.com/v1",
    workspaceId: "w",
    platformUrl: "https://platform.example.com",
    key: "AAAAAAAAAAAA",
    createdAt: 1_000,
    ...change,
  };
}

export function newClient(change: Partial<Client> = {}): Client {
  return { name: "app", delegations: [{ delegation: "acme", grants: null }], createdAt: 2_000, ...change };
}

export function newKey(change: Partial<Key> = {}): Key {
  const id = change.id ?? "AAAAAAAAAAAA";
  return {
    id,
    client: "app",
    delegation: "acme",
    grants: null,
    digest: `digest-${id}`,
    createdAt: 3_000,
    ...change,
  };
}

/** Registers the suite; call it inside a `describe` that names the store. */
export function storeContract(newPlace: () => Promise<Place>): void {
  let place: Place;
  let store: Store;
  let other: Store;
  beforeEach(async () => {
    place = await newPlace();
    store = await place.open();
    other = await place.open();
  });
  afterEach(async () => {
    await store.close();
    await other.close();
    await place.remove();
  });
  rows(() => [store, other]);
  limits(() => [store, other]);
  records(() => [store, other]);
  hostileTexts(() => store);
  transactions(() => [store, other]);
  following(() => [store, other]);
}

type Pair = () => [Store, Store];

function rows(pair: Pair): void {
  it("returns what was added, to every process", async () => {
    const [store, other] = pair();
    const bare = newDelegation({ name: "bare", state: "pending", recordContent: true });
    delete bare.roleArn;
    delete bare.externalId;
    const client = newClient({
      delegations: [
        { delegation: "acme", grants: [grant] },
        { delegation: "bare", grants: null },
      ],
    });
    const key = newKey({ grants: [grant], expiresAt: 9_000 });
    const successor = newKey({ id: "BBBBBBBBBBBB", rotatedFrom: key.id, createdAt: 4_000 });
    await store.delegations.add(newDelegation());
    await store.delegations.add(bare);
    await store.clients.add(client);
    await store.keys.add(key);
    await store.keys.add(successor);

    expect(await other.delegations.get("bare")).toEqual(bare);
    expect(await other.delegations.list()).toEqual([newDelegation(), bare]);
    expect(await other.clients.get("app")).toEqual(client);
    expect(await other.clients.list()).toEqual([client]);
    expect(await other.keys.get(key.id)).toEqual(key);
    expect(await other.keys.list()).toEqual([key, successor]);
    expect(await other.keys.list({ delegation: "bare" })).toEqual([]);
    expect(await other.keys.get("nobody")).toBeUndefined();
    expect(await other.clients.get("nobody")).toBeUndefined();
  });

  it("changes a delegation, a client's memberships, a key's expiry, and nothing else", async () => {
    const [store, other] = pair();
    await seed(store);
    await store.delegations.add(newDelegation({ name: "second" }));
    await store.delegations.update(newDelegation({ state: "revoked" }));
    await store.clients.join("app", { delegation: "second", grants: [grant] });
    await store.keys.setExpiry("AAAAAAAAAAAA", 5_000);
    expect(await other.delegations.get("acme")).toEqual(newDelegation({ state: "revoked" }));
    expect(await other.delegations.get("second")).toEqual(newDelegation({ name: "second" }));
    expect((await other.clients.get("app"))?.delegations).toEqual([
      { delegation: "acme", grants: null },
      { delegation: "second", grants: [grant] },
    ]);
    expect(await other.keys.get("AAAAAAAAAAAA")).toEqual(newKey({ expiresAt: 5_000 }));
  });

  it("refuses rows that already exist or refer to missing ones", async () => {
    const [store] = pair();
    await seed(store);
    const refused = [
      store.delegations.add(newDelegation({ externalId: "sgx-other" })),
      store.delegations.add(newDelegation({ name: "twin", externalId: "sgx-acme" })),
      store.clients.add(newClient()),
      store.clients.add(newClient({ name: "lost", delegations: [{ delegation: "nowhere", grants: null }] })),
      store.clients.join("app", { delegation: "acme", grants: null }),
      store.keys.add(newKey()),
      store.keys.add(newKey({ id: "CCCCCCCCCCCC", digest: "digest-AAAAAAAAAAAA" })),
      store.keys.add(newKey({ id: "DDDDDDDDDDDD", client: "nobody" })),
      store.verifications.put(newVerification({ delegation: "nowhere" })),
      store.flashback.add(newConnection({ key: "nothing" })),
    ];
    for (const attempt of refused) await expect(attempt).rejects.toMatchObject({ code: "conflict" });
    expect(await store.clients.get("lost")).toBeUndefined();
  });

  it("refuses changes to rows that don't exist", async () => {
    const [store] = pair();
    await seed(store);
    const refused = [
      store.delegations.update(newDelegation({ name: "nowhere" })),
      store.clients.join("nobody", { delegation: "acme", grants: null }),
      store.clients.revoke("nobody", 1),
      store.flashback.setKey("nothing", "AAAAAAAAAAAA"),
      store.keys.setExpiry("nothing", 1),
      store.keys.revoke("nothing", 1),
    ];
    for (const attempt of refused) await expect(attempt).rejects.toMatchObject({ code: "not_found" });
  });
}

function limits(pair: Pair): void {
  it("keeps limits of each kind, sets, removes and follows them", async () => {
    const [store, other] = pair();
    const set = { requestsPerMinute: 60, costPerMonth: 12.5, warnAtPercent: 75 };
    await store.delegations.add(newDelegation({ limits: set }));
    await store.clients.add(newClient({ limits: set }));
    await store.keys.add(newKey({ limits: { tokensPerDay: 1_000_000_000_000 } }));
    expect((await other.delegations.get("acme"))?.limits).toEqual(set);
    expect((await other.clients.get("app"))?.limits).toEqual(set);
    expect((await other.keys.get("AAAAAAAAAAAA"))?.limits).toEqual({ tokensPerDay: 1_000_000_000_000 });
    const { revision } = await other.changesSince(0);
    await store.clients.setLimits("app", { concurrentCalls: 2 });
    await store.keys.setLimits("AAAAAAAAAAAA", undefined);
    const changed = await other.changesSince(revision);
    expect(changed.clients).toEqual([newClient({ limits: { concurrentCalls: 2 } })]);
    expect(changed.keys).toEqual([newKey()]);
  });
}

function records(pair: Pair): void {
  it("keeps a revoked key and the date of its first revocation", async () => {
    const [store, other] = pair();
    await seed(store);
    await store.keys.revoke("AAAAAAAAAAAA", 7_000);
    await store.keys.revoke("AAAAAAAAAAAA", 8_000);
    expect(await other.keys.get("AAAAAAAAAAAA")).toEqual(newKey({ revokedAt: 7_000 }));
  });

  it("keeps access-key pairs, and refuses one whose access key id is taken", async () => {
    const [store, other] = pair();
    await seed(store);
    const accessKeyPair = { accessKeyId: "SGNTABCDEFGHIJKLMNOP", sealedSecret: "v1.x.y" };
    const key = newKey({ id: "CCCCCCCCCCCC", digest: "digest-CCCCCCCCCCCC", accessKeyPair });
    await store.keys.add(key);
    expect(await other.keys.get("CCCCCCCCCCCC")).toEqual(key);
    const twin = { ...key, id: "DDDDDDDDDDDD", digest: "digest-DDDDDDDDDDDD" };
    await expect(store.keys.add(twin)).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps a revoked client and the date of its first revocation", async () => {
    const [store, other] = pair();
    await seed(store);
    await store.clients.revoke("app", 7_000);
    await store.clients.revoke("app", 8_000);
    expect(await other.clients.get("app")).toEqual(newClient({ revokedAt: 7_000 }));
  });

  it("keeps each delegation's latest verification of each scope", async () => {
    const [store, other] = pair();
    await seed(store);
    expect(await other.verifications.get("acme")).toBeUndefined();
    await store.verifications.put(newVerification({ verdict: "fail" }));
    await store.verifications.put(newVerification({ verdict: "pass" }));
    const latest = newVerification({ scope: "enforcement", finishedAt: 9 });
    await store.verifications.put(latest);
    expect(await other.verifications.get("acme")).toEqual(latest);
    expect(await other.verifications.get("acme", "full")).toEqual(newVerification({ verdict: "pass" }));
  });

  it("holds changes in order until they are settled", async () => {
    const [store, other] = pair();
    for (const id of ["c", "a", "b"]) await store.changes.add(newChange(id));
    expect(await other.changes.pending(2)).toEqual([newChange("c"), newChange("a")]);
    await other.changes.settle(["c", "a"]);
    await other.changes.settle([]);
    expect(await store.changes.pending(10)).toEqual([newChange("b")]);
  });

  it("keeps Flashback connections, by key too, until they are removed", async () => {
    const [store, other] = pair();
    await seed(store);
    await store.keys.add(newKey({ id: "BBBBBBBBBBBB" }));
    await store.flashback.add(newConnection());
    expect(await other.flashback.get("llm-1")).toEqual(newConnection());
    await other.flashback.setKey("llm-1", "BBBBBBBBBBBB");
    expect(await store.flashback.list({ key: "AAAAAAAAAAAA" })).toEqual([]);
    expect(await store.flashback.list()).toEqual([newConnection({ key: "BBBBBBBBBBBB" })]);
    await store.flashback.remove("llm-1");
    expect(await other.flashback.list()).toEqual([]);
  });
}

function hostileTexts(subject: () => Store): void {
  it.each(HOSTILE)(
    "treats %j in every text field as mere text, and matches it exactly (T22)",
    async (text) => {
      const store = subject();
      await seed(store);
      const hostileGrant = {
        operations: [text],
        models: [text],
        regions: [text],
        settings: [text],
      } as unknown as Grant;
      const session = {
        durationSeconds: 900,
        tags: Object.fromEntries([[text, text]]),
        sourceIdentity: text,
      };
      const delegation = newDelegation({
        name: text,
        account: text,
        partition: text,
        roleArn: text,
        externalId: text,
        region: text,
        grants: [hostileGrant],
        session,
        nextExternalId: text,
        previousExternalId: text,
        trust: { ...DEFAULT_TRUST, principal: text, sourceIps: [text] },
        role: { ...DEFAULT_ROLE, requiredGuardrail: text },
        stateReason: text,
      });
      const client = newClient({ name: text, delegations: [{ delegation: text, grants: [hostileGrant] }] });
      const key = newKey({ id: text, client: text, delegation: text, digest: text, grants: [hostileGrant] });
      await store.delegations.add(delegation);
      await store.clients.add(client);
      await store.keys.add(key);
      await store.keys.add(newKey({ id: "EEEEEEEEEEEE", rotatedFrom: text }));

      expect(await store.delegations.get(text)).toEqual(delegation);
      expect(await store.clients.get(text)).toEqual(client);
      expect(await store.keys.get(text)).toEqual(key);
      expect(await store.keys.list({ client: text, delegation: text })).toEqual([key]);
      await store.delegations.update({ ...delegation, state: "suspended" });
      await store.keys.revoke(text, 5);
      expect((await store.delegations.get("acme"))?.state).toBe("active");
      expect((await store.keys.list()).filter((row) => row.revokedAt !== undefined)).toHaveLength(1);
    },
  );

  it.each(HOSTILE)("finds nothing by %j if nothing has that name (T22)", async (text) => {
    const store = subject();
    await seed(store);
    expect(await store.delegations.get(text)).toBeUndefined();
    expect(await store.clients.get(text)).toBeUndefined();
    expect(await store.keys.get(text)).toBeUndefined();
    expect(await store.keys.list({ client: text })).toEqual([]);
    await expect(store.keys.revoke(text, 1)).rejects.toBeInstanceOf(StoreError);
    expect((await store.keys.list()).map((key) => key.revokedAt)).toEqual([undefined]);
  });
}

function transactions(pair: Pair): void {
  it("keeps all writes of a transaction or none", async () => {
    const [store, other] = pair();
    await seed(store);
    const before = (await store.changesSince(0)).revision;
    const failing = store.transaction(async (tables) => {
      await tables.keys.revoke("AAAAAAAAAAAA", 1);
      await tables.delegations.add(newDelegation({ name: "half" }));
      throw new Error("stop");
    });
    await expect(failing).rejects.toThrow("stop");
    expect(await other.keys.get("AAAAAAAAAAAA")).toEqual(newKey());
    expect(await other.delegations.get("half")).toBeUndefined();
    expect((await store.changesSince(before)).keys).toEqual([]);
  });

  it("allows no other write between a transaction's reads and writes", async () => {
    const [store] = pair();
    await seed(store);
    const extend = () =>
      store.transaction(async (tables) => {
        const key = await tables.keys.get("AAAAAAAAAAAA");
        await tables.keys.setExpiry("AAAAAAAAAAAA", (key?.expiresAt ?? 0) + 1);
      });
    await Promise.all(Array.from({ length: 20 }, extend));
    expect((await store.keys.get("AAAAAAAAAAAA"))?.expiresAt).toBe(20);
  });
}

function following(pair: Pair): void {
  it("returns what changed since a revision, and only that", async () => {
    const [store, other] = pair();
    const empty = await store.changesSince(0);
    expect(empty).toMatchObject({ delegations: [], clients: [], keys: [] });
    await seed(other);
    const all = await store.changesSince(empty.revision);
    expect(all).toMatchObject({ delegations: [newDelegation()], clients: [newClient()], keys: [newKey()] });

    await other.keys.revoke("AAAAAAAAAAAA", 7);
    const revoked = await store.changesSince(all.revision);
    expect(revoked).toMatchObject({ delegations: [], clients: [], keys: [newKey({ revokedAt: 7 })] });
    expect(revoked.revision).toBeGreaterThan(all.revision);
    expect(await store.changesSince(revoked.revision)).toEqual({
      revision: revoked.revision,
      delegations: [],
      clients: [],
      keys: [],
    });

    await other.delegations.add(newDelegation({ name: "second" }));
    await other.clients.join("app", { delegation: "second", grants: null });
    const joined = await store.changesSince(revoked.revision);
    expect(joined.clients.map((client) => client.delegations.length)).toEqual([2]);
  });

  it("calls back initially, then for commits by itself and by others, until it is stopped", async () => {
    const [store, other] = pair();
    const onChange = vi.fn<() => void>();
    const onError = vi.fn<(error: unknown) => void>();
    const watching = store.watch(systemClock, onChange, onError);
    expect(onChange).toHaveBeenCalledTimes(1);
    await seed(store);
    await vi.waitFor(() => expect(onChange.mock.calls.length).toBeGreaterThan(1), 20_000);
    const calls = onChange.mock.calls.length;
    await other.keys.revoke("AAAAAAAAAAAA", 1);
    await vi.waitFor(() => expect(onChange.mock.calls.length).toBeGreaterThan(calls), 20_000);
    watching.stop();
    watching.stop();
    expect(onError).not.toHaveBeenCalled();
  });
}

async function seed(store: Store): Promise<void> {
  await store.delegations.add(newDelegation());
  await store.clients.add(newClient());
  await store.keys.add(newKey());
}
