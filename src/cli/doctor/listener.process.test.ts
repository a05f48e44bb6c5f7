/** The port of another running Signet. */
import { rmSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { startServe } from "../../../test/support/process.ts";
import { certificateFiles, certify, findingsOf, newFolder } from "./fixtures.ts";
import { listenerCheck } from "./listener.ts";

it("a Signet that listens with TLS is recognized on its port", async () => {
  const cwd = newFolder();
  const files = certificateFiles(cwd);
  await certify(files, -1, 90);
  const serving = await startServe({ data: path.join(cwd, "signet-data"), env: { ...files } });
  const { port } = new URL(serving.url);
  expect(await findingsOf(listenerCheck, { cwd, env: { ...files, SIGNET_LISTEN_PORT: port } })).toEqual([
    `ok | Signet is running at 127.0.0.1:${port}`,
  ]);
  serving.child.kill("SIGTERM");
  expect(await serving.ended).toBe(0);
  rmSync(cwd, { recursive: true, force: true });
});
