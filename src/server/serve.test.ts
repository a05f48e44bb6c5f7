/** The gateway embedded in a program: started from settings, closed gracefully. */
import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ConfigError, serve, type SettingsInput } from "../index.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "signet-embedded-"));
  return () => rmSync(data, { recursive: true, force: true });
});

const settings = (more: SettingsInput = {}): SettingsInput => ({
  data,
  listen: { port: 0 },
  admin: { port: 0 },
  log: { level: "error" },
  ...more,
});

async function status(url: string): Promise<number | undefined> {
  const answer = await fetch(url).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status;
}

describe("serve", () => {
  it("answers callers and operators until it is closed, and can be started again on the same data", async () => {
    for (const round of [1, 2]) {
      const served = await serve({ settings: settings() });
      expect(await status(`${served.url}/readyz`), `round ${round}`).toBe(200);
      expect(await status(`${served.admin}/api/v1/delegations`), `round ${round}`).toBe(401);
      await served.close(1);
      expect(await status(`${served.url}/readyz`), `round ${round}`).toBeUndefined();
      expect(await status(served.admin), `round ${round}`).toBeUndefined();
    }
  });

  it("may be closed more than once", async () => {
    const served = await serve({ settings: settings() });
    await Promise.all([served.close(), served.close(1)]);
    await served.close();
    expect(await status(`${served.url}/readyz`)).toBeUndefined();
  });

  it("rejects settings with every problem at once", async () => {
    const wrong = { ...settings(), listen: { prot: 1 }, timeouts: { drainSeconds: 0 } } as SettingsInput;
    const refusal = await serve({ settings: wrong, env: { SIGNET_ADMIN_PORT: "-1" } }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(ConfigError);
    expect((refusal as ConfigError).problems).toEqual([
      { where: "settings", path: "listen.prot", message: "no such setting; did you mean port?" },
      { where: "SIGNET_ADMIN_PORT", path: "admin.port", message: expect.stringContaining("whole number") },
      { where: "settings", path: "timeouts.drainSeconds", message: "must be at least 1" },
    ]);
  });

  it("lets environment variables override settings", async () => {
    const served = await serve({
      settings: settings({ listen: { port: 1 } }),
      env: { SIGNET_LISTEN_PORT: "0" },
    });
    expect(await status(`${served.url}/healthz`)).toBe(200);
    await served.close(1);
  });

  it("closes what it opened if a part can't start", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => void taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    await expect(serve({ settings: settings({ admin: { port } }) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    taken.close();
    const served = await serve({ settings: settings() });
    await served.close(1);
  });
});
