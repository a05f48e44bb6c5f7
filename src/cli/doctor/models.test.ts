/** Findings for granted models that end, from a real store. */
import { rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { newDelegation, newVerification } from "../../store/contract.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import type { Store } from "../../store/store.ts";
import { findingsOf, newFolder } from "./fixtures.ts";
import { modelsCheck } from "./models.ts";

const DAY = 86_400_000;
const MODEL = "meta.llama3-8b-instruct-v1:0";

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

const findings = () => findingsOf(modelsCheck, { cwd, env: { SIGNET_LISTEN_PORT: "0" } });

it("a granted model that ends within 60 days by the account's own list is warned of, with what to do", async () => {
  const grants = [{ operations: ["*" as const], models: [MODEL], regions: ["us-east-1"], settings: [] }];
  await store.delegations.add(newDelegation({ name: "acme", grants }));
  const endsAt = Date.now() + 30 * DAY;
  await store.verifications.put(
    newVerification({ delegation: "acme", lifecycles: [{ model: MODEL, legacy: true, endsAt }] }),
  );
  const day = new Date(endsAt).toISOString().slice(0, 10);
  expect(await findings()).toEqual([
    `warning | acme: ${MODEL} ends on ${day} by the account's own list | grant another model with \`signet delegation edit acme --model …\`, and move its callers and aliases there`,
  ]);
  await store.verifications.put(
    newVerification({ delegation: "acme", lifecycles: [{ model: MODEL, legacy: false }] }),
  );
  expect(await findings()).toEqual(["ok | no granted model ends within 60 days"]);
});
