import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readChanges } from "./changes.ts";
import { AUDIT_DEFAULTS } from "./types.ts";
import { openAudit } from "./writer.ts";
import type { Change } from "../core/change.ts";
import { systemClock } from "../core/clock.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { until } from "../../test/support/world.ts";
import { recordChanges } from "./record-changes.ts";

const quiet = () => undefined;

function change(id: string): Change {
  const [actor, action, subject] = ["cli:a", "key.revoke", "key/x"];
  return { id, at: 0, actor, action, subject, before: null, after: {} };
}

it("changes stay in the store while the log can't be written, and none is lost", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "signet-changes-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = await openSqliteStore(path.join(folder, "signet.db"));
  onTestFinished(() => store.close());
  const dir = path.join(folder, "audit");
  const open = () =>
    openAudit({ ...AUDIT_DEFAULTS, dir, clock: systemClock, version: "test", onTrouble: quiet });
  for (let i = 0; i < 250; i++) await store.changes.add(change(`change-${i}`));

  const closed = await open();
  await closed.close();
  const errors: string[] = [];
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (_: object, text: string) => void errors.push(text),
  };
  const failing = recordChanges({ store, audit: closed, clock: systemClock, log });
  failing.wake();
  await until(() => (errors.length > 0 ? true : undefined));
  await failing.stop();
  expect(await store.changes.pending(1000)).toHaveLength(250);

  const audit = await open();
  const recording = recordChanges({ store, audit, clock: systemClock, log });
  recording.wake();
  await until(async () => ((await store.changes.pending(1)).length === 0 ? true : undefined));
  await recording.stop();
  await audit.close();
  const recorded = await Array.fromAsync(readChanges(dir));
  expect(new Set(recorded.map(({ id }) => id)).size).toBe(250);
});
