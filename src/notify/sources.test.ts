/** Events that nobody's change causes: time passes. From a real store. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../../test/support/world.ts";
import { systemClock } from "../core/clock.ts";
import { newDelegation, newVerification } from "../store/contract.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { createNotifier } from "./notifier.ts";
import { watchSources } from "./sources.ts";

const DAY = 86_400_000;

it("a granted model that ends is reported once, by the account's own date", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "signet-events-"));
  const store = await openSqliteStore(path.join(folder, "signet.db"));
  const model = "meta.llama3-8b-instruct-v1:0";
  const grants = [{ operations: ["*" as const], models: [model], regions: ["us-east-1"], settings: [] }];
  await store.delegations.add(newDelegation({ name: "acme", grants }));
  const lifecycles = [{ model, legacy: true, endsAt: systemClock.now() + 50 * DAY }];
  await store.verifications.put(newVerification({ delegation: "acme", lifecycles }));
  const notifier = createNotifier(systemClock, () => undefined);
  const parts = {
    store,
    audit: { available: () => true },
    clock: systemClock,
    notifier,
    log: { warn: () => undefined },
  };
  const stop = await watchSources(parts);
  onTestFinished(async () => {
    stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await until(() => notifier.recent().length > 0 || undefined);
  expect(notifier.recent()).toMatchObject([
    {
      type: "model.ending",
      subject: "delegation/acme",
      message: expect.stringContaining(`${model} ends on`),
    },
  ]);
});
