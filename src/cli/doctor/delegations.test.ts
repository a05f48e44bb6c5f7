/** Findings for delegations and keys, from a real store. */
import { rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation, type DelegationState } from "../../core/delegation.ts";
import type { Verification } from "../../core/verification.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import type { Store } from "../../store/store.ts";
import { delegationsCheck } from "./delegations.ts";
import { findingsOf, newFolder } from "./fixtures.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

let cwd: string;
let store: Store;
beforeEach(async () => {
  cwd = newFolder();
  store = await openSqliteStore(path.join(cwd, "signet-data", "signet.db"));
});
afterEach(async () => {
  await store.close();
  rmSync(cwd, { recursive: true, force: true });
});

const findings = () => findingsOf(delegationsCheck, { cwd, env: { SIGNET_LISTEN_PORT: "0" } });

async function add(name: string, state: DelegationState, more: Partial<Delegation> = {}): Promise<void> {
  await store.delegations.add({
    name,
    state,
    account: "111122223333",
    partition: "aws",
    roleArn: "arn:aws:iam::111122223333:role/signet",
    externalId: `sgx-${name.padStart(28, "0")}`,
    trust: DEFAULT_TRUST,
    role: DEFAULT_ROLE,
    region: "us-east-1",
    grants: [{ operations: ["*"], models: ["*"], regions: ["us-east-1"], settings: [] }],
    session: { durationSeconds: 3600, tags: {} },
    aliases: [],
    recordContent: false,
    createdAt: 0,
    ...more,
  });
}

async function addVerification(
  delegation: string,
  agoMs: number,
  more: Partial<Verification> = {},
): Promise<void> {
  const finishedAt = Date.now() - agoMs;
  await store.verifications.put({
    delegation,
    scope: "full",
    startedAt: finishedAt,
    finishedAt,
    verdict: "pass",
    unenforced: false,
    probes: [],
    ...more,
  });
}

describe("delegations", () => {
  it("are counted by state; active ones are fine with a recent verification of either kind", async () => {
    expect(await findings()).toEqual(["ok | none"]);
    await add("a", "active");
    await add("b", "active");
    await add("old", "revoked");
    await addVerification("a", 5 * MINUTE);
    await addVerification("b", 3 * DAY);
    await addVerification("b", 5 * MINUTE, { scope: "enforcement" });
    expect(await findings()).toEqual([
      "ok | 2 active, 1 revoked",
      "ok | a is active; verification: pass 5 min ago",
      "ok | b is active; External ID: pass 5 min ago; full verification: pass 3 days ago",
    ]);
  });

  it("that aren't active are warned of, with the command that activates them", async () => {
    await add("new", "pending");
    await add("held", "suspended", { stateReason: "cost" });
    expect(await findings()).toEqual([
      "ok | 1 pending, 1 suspended",
      "warning | held is suspended (cost); never verified; its callers are refused | signet delegation resume held",
      "warning | new is pending; never verified; its callers are refused | signet delegation verify new",
    ]);
  });

  it("that are active without a passed verification are warned of, and fail if the External ID isn't required (T8)", async () => {
    await add("failing", "active");
    await addVerification("failing", MINUTE, { verdict: "fail" });
    await add("open", "active");
    await addVerification("open", MINUTE, { scope: "enforcement", verdict: "fail", unenforced: true });
    await add("stale", "active");
    await addVerification("stale", 2 * DAY);
    expect((await findings()).slice(1)).toEqual([
      "warning | failing is active; verification: fail 1 min ago | signet delegation verify failing reports the problem and a fix",
      expect.stringMatching(
        /^failed \| open is active; External ID: fail 1 min ago.* \| signet policy trust open /,
      ),
      expect.stringMatching(
        /^warning \| stale is active; verification: pass 2 days ago, too long ago \| keep/,
      ),
    ]);
  });

  it("without a role have no External ID to verify again", async () => {
    await store.delegations.add(await bare("own"));
    await addVerification("own", 30 * DAY);
    expect((await findings())[1]).toBe("ok | own is active; verification: pass 30 days ago");
  });

  it("are listed with the keys that expire within 14 days", async () => {
    await add("a", "active");
    await addVerification("a", MINUTE);
    await store.clients.add({ name: "app", delegations: [{ delegation: "a", grants: null }], createdAt: 0 });
    const ends = { soon: 3 * DAY, later: 15 * DAY, over: -DAY };
    for (const [id, inMs] of Object.entries(ends)) {
      const key = { id, client: "app", delegation: "a", grants: null, digest: id, createdAt: 0 };
      await store.keys.add({ ...key, expiresAt: Date.now() + inMs });
    }
    expect((await findings()).slice(2)).toEqual([
      "warning | key soon of app for a expires in 3 days | signet key rotate soon",
    ]);
    await store.keys.revoke("soon", Date.now());
    expect((await findings()).slice(2)).toEqual([]);
  });

  async function bare(name: string): Promise<Delegation> {
    await add("template", "revoked");
    const {
      roleArn: _roleArn,
      externalId: _externalId,
      ...rest
    } = (await store.delegations.get("template"))!;
    return { ...rest, name, state: "active" };
  }
});
