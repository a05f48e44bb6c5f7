/** Where asynchronous jobs write says whose they are, so no two delegations or clients share a part of it (T44). */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { addClient } from "./clients.ts";
import { createDelegation, editDelegation } from "./delegations.ts";
import { revokeDelegation } from "./lifecycle.ts";

const by = { actor: "cli:test", clock: { now: () => 1_800_000_000_000 } };

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-places-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const writingTo = (name: string, asyncOutput: string) => ({
  name,
  roleArn: "arn:aws:iam::111122223333:role/signet",
  region: "us-east-1",
  grants: [{ models: ["amazon.nova-reel-v1:0"], operations: ["*"] }],
  role: { asyncOutput },
});

it("a delegation's place may be another's, but lies neither within it nor around it (T44)", async () => {
  await createDelegation(store, writingTo("first", "answers/film"), by);
  await createDelegation(store, writingTo("second", "answers/film/"), by);
  await createDelegation(store, writingTo("third", "answers/films"), by);
  const field = "role.asyncOutput";
  for (const place of ["answers/film/app", "answers", "answers/film/app/more"])
    await expect(createDelegation(store, writingTo("fourth", place), by)).rejects.toMatchObject({
      problems: [{ field, message: "must not be within the place of the delegation first, nor around it" }],
    });
  const moved = editDelegation(store, "third", { role: { asyncOutput: "answers/film/x" } }, by);
  await expect(moved).rejects.toMatchObject({ problems: [{ field }] });
  // Nobody reads the jobs of revoked ones any more.
  for (const name of ["first", "second", "third"]) await revokeDelegation(store, name, by);
  await createDelegation(store, writingTo("fourth", "answers"), by);
});

it("a client's folder has a name that is no path to another's (T44)", async () => {
  await expect(
    addClient(store, { name: "..", delegations: [{ delegation: "a1" }] }, by),
  ).rejects.toMatchObject({
    problems: [{ field: "name" }],
  });
});
