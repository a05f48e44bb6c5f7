/** Re-verification of active delegations, round by round, against the sandbox and a real store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { startVerifying, type Schedule, type ScheduleParts } from "../../src/probes/schedule.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { OWNER, delegateRole, policy, ROLE_ARN, type DelegatedRole } from "../support/delegated-role.ts";

const DAY = 86_400_000;

let delegated: DelegatedRole;
let folder: string;
let store: Store;
let schedule: Schedule;
let logged: string[];
let rounds: string[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "signet-re-verification-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
  delegated = await delegateRole({ state: "active" });
  delegated.makeRole();
  await store.delegations.add(delegated.delegation);
  logged = [];
  rounds = [];
  schedule = start();
});
afterEach(async () => {
  await schedule.stop();
  await delegated.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Rounds start only by `now()`: the timer's first is days away. */
function start(change: Partial<ScheduleParts> = {}): Schedule {
  const log = (fields: Record<string, unknown>, message: string) =>
    void logged.push(JSON.stringify({ ...fields, message }));
  return startVerifying({
    store,
    probe: delegated.parts,
    intervalMs: DAY,
    clock: systemClock,
    log: { info: log, warn: log, error: log },
    onVerified: ({ verdict }, before, after) =>
      void rounds.push(`${before.name} ${verdict}: ${before.state} → ${after.state}`),
    random: () => 100_000,
    ...change,
  });
}

const stateOf = async (name: string) => (await store.delegations.get(name))?.state;

/** A second role, besides acme's. */
async function addAnother(name: string, Condition?: object): Promise<void> {
  const roleArn = `arn:aws:iam::${OWNER}:role/signet-${name}`;
  const Principal = { AWS: delegated.userArn };
  const statement = { Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition && { Condition }) };
  delegated.sandbox.iam.createRole({
    account: OWNER,
    roleName: `signet-${name}`,
    trustPolicy: policy(statement),
  });
  await store.delegations.add({ ...delegated.delegation, name, roleArn, externalId: `sgx-${name}` });
}

describe("re-verification", () => {
  it("keeps a delegation active whose role requires the External ID, and stores the verification", async () => {
    await schedule.now();
    expect(rounds).toEqual(["acme pass: active → active"]);
    expect(await store.verifications.get("acme")).toMatchObject({ scope: "enforcement", verdict: "pass" });
    expect(delegated.sandbox.calls().some(({ service }) => service === "bedrock")).toBe(false);
  });

  it("suspends one whose role stopped requiring it, gives the reason, and skips it from then on (T8)", async () => {
    delegated.trust({ Effect: "Allow", Principal: { AWS: delegated.userArn }, Action: "sts:AssumeRole" });
    await schedule.now();
    expect(rounds).toEqual(["acme fail: active → suspended"]);
    expect(await store.delegations.get("acme")).toMatchObject({
      state: "suspended",
      stateReason: expect.stringContaining("without its External ID"),
    });
    expect(await store.changes.pending(10)).toMatchObject([
      { actor: "signet:verify", action: "delegation.suspend" },
    ]);
    expect(logged.join()).toContain("suspended");
    await schedule.now();
    expect(rounds).toHaveLength(1);
  });

  it("suspends none if it can't decide: the role is deleted, or STS is down", async () => {
    delegated.sandbox.faults.set({ stsDown: true });
    await schedule.now();
    delegated.sandbox.faults.clear();
    delegated.sandbox.iam.deleteRole({ roleArn: ROLE_ARN });
    await schedule.now();
    expect(rounds).toEqual(["acme fail: active → active", "acme fail: active → active"]);
    expect(logged.join()).toContain("could not verify that the External ID is enforced");
  });

  it("verifies each in turn, whatever the result of the one before", async () => {
    await addAnother("aaa-loose");
    await addAnother("zzz-strict", { StringEquals: { "sts:ExternalId": "sgx-zzz-strict" } });
    await schedule.stop();
    schedule = start({
      onVerified({ verdict }, before, after) {
        rounds.push(`${before.name} ${verdict}: ${after.state}`);
        if (before.name === "aaa-loose") throw new Error("the metrics are broken");
      },
    });
    await schedule.now();
    expect(rounds).toEqual(["aaa-loose fail: suspended", "acme pass: active", "zzz-strict pass: active"]);
    expect(logged.join()).toContain("the metrics are broken");
    expect(await stateOf("aaa-loose")).toBe("suspended");
  });

  it("skips delegations that aren't active or have no role", async () => {
    const { roleArn: _role, externalId: _id, ...roleless } = delegated.delegation;
    await store.delegations.add({ ...roleless, name: "base" });
    for (const state of ["pending", "suspended", "revoked"] as const)
      await store.delegations.add({
        ...delegated.delegation,
        name: state,
        state,
        externalId: `sgx-${state}`,
      });
    await schedule.now();
    expect(rounds).toEqual(["acme pass: active → active"]);
  });

  it("continues after a round in which the store could not be read", async () => {
    let failing = true;
    const list = () => (failing ? Promise.reject(new Error("database is locked")) : store.delegations.list());
    await schedule.stop();
    schedule = start({
      store: {
        ...store,
        transaction: (work) => store.transaction(work),
        delegations: { ...store.delegations, list },
      },
    });
    await schedule.now();
    expect([rounds, logged.join()]).toEqual([[], expect.stringContaining("database is locked")]);
    failing = false;
    await schedule.now();
    expect(rounds).toEqual(["acme pass: active → active"]);
  });

  it("doesn't overwrite an edit that was made while its probes ran (T9)", async () => {
    const { source } = delegated.parts;
    await schedule.stop();
    const probe = {
      ...delegated.parts,
      source: {
        ...source,
        identity: async (region: string) => {
          await store.delegations.update({
            ...delegated.delegation,
            state: "pending",
            externalId: "sgx-another",
          });
          return source.identity(region);
        },
      },
    };
    schedule = start({ probe });
    await schedule.now();
    expect(rounds).toEqual([]);
    expect(logged.join()).toContain("changed while it was verified");
    expect(await stateOf("acme")).toBe("pending");
  });

  it("joins a running round", async () => {
    await Promise.all([schedule.now(), schedule.now()]);
    expect(rounds).toEqual(["acme pass: active → active"]);
  });

  it("doesn't end before the running probes", async () => {
    const { source } = delegated.parts;
    await schedule.stop();
    const asked = Promise.withResolvers<void>();
    const identity = (region: string) => {
      asked.resolve();
      return source.identity(region);
    };
    schedule = start({ probe: { ...delegated.parts, source: { ...source, identity } } });
    void schedule.now();
    await asked.promise;
    await schedule.stop();
    expect(rounds).toEqual(["acme pass: active → active"]);
  });

  it("starts the rounds by itself, repeatedly", async () => {
    await schedule.stop();
    const seen = Promise.withResolvers<void>();
    schedule = start({
      intervalMs: 1,
      random: () => 0,
      onVerified() {
        rounds.push("round");
        if (rounds.length === 3) seen.resolve();
      },
    });
    await seen.promise;
    await schedule.stop();
    expect(rounds.length).toBeGreaterThanOrEqual(3);
  });
});
