/** Limits as operators set them: what is accepted, what is recorded, and when they can no longer be set. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LimitHolder } from "../core/limits.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { addClient, revokeClient } from "./clients.ts";
import { createDelegation } from "./delegations.ts";
import { OperatorError } from "./errors.ts";
import { createKey, revokeKey, rotateKey } from "./keys.ts";
import { revokeDelegation } from "./lifecycle.ts";
import { limitsIn, setLimits } from "./limits.ts";

const by = { actor: "cli:test", clock: { now: () => 1_800_000_000_000 } };
const CLIENT: LimitHolder = { scope: "client", name: "app" };

let folder: string;
let store: Store;
let keyId: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-limits-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
  const roleArn = "arn:aws:iam::111122223333:role/signet";
  const grants = [{ models: ["us.anthropic.claude-*"] }];
  await createDelegation(store, { name: "acme", roleArn, region: "us-east-1", grants }, by);
  await addClient(store, { name: "app", delegations: [{ delegation: "acme" }] }, by);
  keyId = (await createKey(store, { client: "app", delegation: "acme" }, by)).key.id;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function refusal(attempt: Promise<unknown>): Promise<string[]> {
  const error: unknown = await attempt.catch((thrown: unknown) => thrown);
  if (!(error instanceof OperatorError))
    throw new Error("was not refused by an OperatorError", { cause: error });
  return [error.code, ...error.problems.map(({ field, message }) => `${field}: ${message}`)];
}

const everyone = (): LimitHolder[] => [
  { scope: "delegation", name: "acme" },
  CLIENT,
  { scope: "key", name: keyId },
];

describe("limits", () => {
  it("are replaced as a whole in each scope, and recorded with their previous value", async () => {
    for (const limited of everyone()) {
      await setLimits(store, limited, { requestsPerMinute: 60, costPerMonth: 0.5 }, by);
      await setLimits(store, limited, { tokensPerDay: 1000 }, by);
      expect(await limitsIn(store, limited)).toEqual({ tokensPerDay: 1000 });
      const changes = (await store.changes.pending(100)).filter(
        ({ action }) => action === `${limited.scope}.limits`,
      );
      expect(changes.map(({ subject, before, after }) => ({ subject, before, after }))).toEqual([
        {
          subject: `${limited.scope}/${limited.name}`,
          before: { limits: null },
          after: { limits: { requestsPerMinute: 60, costPerMonth: 0.5 } },
        },
        {
          subject: `${limited.scope}/${limited.name}`,
          before: { limits: { requestsPerMinute: 60, costPerMonth: 0.5 } },
          after: { limits: { tokensPerDay: 1000 } },
        },
      ]);
    }
  });

  it("are removed by an empty set, which changes nothing else", async () => {
    const before = await store.delegations.get("acme");
    for (const limited of everyone()) {
      await setLimits(store, limited, { concurrentCalls: 5 }, by);
      expect(await setLimits(store, limited, {}, by)).toBeUndefined();
      expect(await limitsIn(store, limited)).toBeUndefined();
    }
    expect(await store.delegations.get("acme")).toEqual(before);
  });

  it("are refused with all of their problems", async () => {
    const wrong = { requestsPerMinute: 0, tokensPerDay: 1.5, costPerDay: -1, warnAtPercent: 101, perHour: 3 };
    const [code, ...problems] = await refusal(setLimits(store, CLIENT, wrong, by));
    expect(code).toBe("invalid");
    for (const field of ["requestsPerMinute", "tokensPerDay", "costPerDay", "warnAtPercent", "perHour"])
      expect(problems.join("\n")).toContain(field);
    expect(await limitsIn(store, CLIENT)).toBeUndefined();
  });

  it("are refused if they only set a warning, because it has no budget", async () => {
    const attempt = setLimits(store, CLIENT, { requestsPerMinute: 5, warnAtPercent: 50 }, by);
    expect(await refusal(attempt)).toEqual(["invalid", "warnAtPercent: requires a daily or monthly budget"]);
  });

  it("can't be set for what doesn't exist or is revoked", async () => {
    const limits = { concurrentCalls: 1 };
    for (const scope of ["delegation", "client", "key"] as const)
      expect(await refusal(setLimits(store, { scope, name: "nobody" }, limits, by))).toContain("not_found");
    await revokeKey(store, keyId, by);
    await revokeClient(store, "app", by);
    await revokeDelegation(store, "acme", by);
    for (const revoked of everyone())
      expect(await refusal(setLimits(store, revoked, limits, by))).toContain("wrong_state");
  });

  it("pass from a key to its successor", async () => {
    await setLimits(store, { scope: "key", name: keyId }, { tokensPerDay: 7 }, by);
    const { key } = await rotateKey(store, keyId, { overlap: "1h" }, by);
    expect(key.limits).toEqual({ tokensPerDay: 7 });
    expect(await limitsIn(store, { scope: "key", name: keyId })).toEqual({ tokensPerDay: 7 });
  });
});
