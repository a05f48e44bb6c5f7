/** What follows in Flashback when a key is rotated or revoked: told line by line, and in the exit status. */
import type { Command } from "commander";
import type { Followed } from "../flashback/connect.ts";
import type { IssuedKey } from "../delegations/keys.ts";
import type { Platform } from "../flashback/platform.ts";
import type { Store } from "../store/store.ts";
import { operator, type CliContext } from "./context.ts";

interface Following {
  context: CliContext;
  command: Command;
  store: Store;
}

/** The configurations that hold the old key get the new one. */
export async function followRotation(
  following: Following,
  old: string,
  { key, secret }: IssuedKey,
): Promise<void> {
  await follow(following, [old], async (platform) => {
    const { keyRotated } = await import("../flashback/connect.ts");
    return keyRotated({ store: following.store, platform, operator: operator() }, old, {
      key: key.id,
      secret,
    });
  });
}

/** The configurations that hold one of the keys are removed. */
export async function followRevocation(following: Following, keys: readonly string[]): Promise<void> {
  await follow(following, keys, async (platform) => {
    const { keyRevoked } = await import("../flashback/connect.ts");
    const followed: Followed[] = [];
    const parts = { store: following.store, platform, operator: operator() };
    for (const key of keys) followed.push(...(await keyRevoked(parts, key)));
    return followed;
  });
}

async function follow(
  { context, command, store }: Following,
  keys: readonly string[],
  work: (platform: Platform) => Promise<Followed[]>,
): Promise<void> {
  const held = (await store.flashback.list()).filter(({ key }) => keys.includes(key));
  if (held.length === 0) return;
  try {
    const { platformOf } = await import("./flashback.ts");
    const followed = await work(await platformOf(context, command));
    for (const { connection, result, message } of followed) {
      const why = message === undefined ? "" : `: ${message}`;
      context.note(`Flashback: ${connection.name} (${connection.aiLlmId}) ${result}${why}`);
      if (result === "failed") process.exitCode = 1;
    }
  } catch (error) {
    // The key itself is rotated or revoked; that stays, whatever Flashback's part comes to.
    const names = held.map(({ name, aiLlmId }) => `${name} (${aiLlmId})`).join(", ");
    const reason = error instanceof Error ? error.message : String(error);
    context.note(`Flashback could not be told; change there by hand: ${names}: ${reason}`);
    process.exitCode = 1;
  }
}
