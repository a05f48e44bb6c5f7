/** The bodies of ended calls don't stay in memory. */
import { expect, it } from "vitest";
import { Chunks } from "./chunks.ts";

it("frees gathered bodies, though few objects are made", () => {
  const megabyte = 1024 * 1024;
  let most = 0;
  for (let n = 0; n < 200; n++) {
    const chunks = new Chunks(megabyte);
    for (let part = 0; part < 2; part++) chunks.add(Buffer.alloc(megabyte / 2));
    chunks.whole();
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  // 400 MB were used in all.
  expect(most).toBeLessThan(100 * megabyte);
});
