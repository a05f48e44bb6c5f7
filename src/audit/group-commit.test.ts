import { describe, expect, it } from "vitest";
import { groupCommit } from "./group-commit.ts";

/** A sync that the test ends by hand. */
function manualSync() {
  const started: PromiseWithResolvers<void>[] = [];
  const sync = () => {
    const run = Promise.withResolvers<void>();
    started.push(run);
    return run.promise;
  };
  return { started, sync };
}

describe("group commit", () => {
  it("lets all callers that arrive during a sync share the next one", async () => {
    const { started, sync } = manualSync();
    const commit = groupCommit(sync);
    const done: string[] = [];
    const first = commit().then(() => done.push("first"));
    const others = ["a", "b", "c"].map((name) => commit().then(() => done.push(name)));
    expect(started).toHaveLength(1);

    started[0]!.resolve();
    await first;
    expect(done).toEqual(["first"]);
    expect(started).toHaveLength(2);

    started[1]!.resolve();
    await Promise.all(others);
    expect(done).toEqual(["first", "a", "b", "c"]);
    expect(started).toHaveLength(2);
  });

  it("never runs two syncs concurrently, whenever callers arrive", async () => {
    let running = 0;
    let most = 0;
    const commit = groupCommit(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running -= 1;
    });
    const caller = async (depth: number): Promise<void> => {
      if (depth === 0) return;
      await commit();
      await Promise.all([caller(depth - 1), caller(depth - 1)]);
    };
    await caller(8);
    expect(most).toBe(1);
  });

  it("rejects exactly the callers that waited for a failed sync", async () => {
    const { started, sync } = manualSync();
    const commit = groupCommit(sync);
    const first = commit();
    const second = commit();
    started[0]!.reject(new Error("EIO"));
    await expect(first).rejects.toThrow("EIO");
    started[1]!.resolve();
    await expect(second).resolves.toBeUndefined();
  });
});
