/** What follows in Flashback when a key is rotated or revoked, by whichever way: told configuration by configuration. */
import type { FlashbackConnection } from "../core/flashback.ts";
import type { IssuedKey } from "../registry/keys.ts";
import type { Followed } from "../flashback/connect.ts";
import type { Platform } from "../flashback/platform.ts";
import type { AdminParts } from "./operation.ts";
import type { FollowedView } from "./views/keys.ts";

/** The configurations that hold the old key get the new one. */
export function followRotation(
  parts: AdminParts,
  old: string,
  { key, secret }: IssuedKey,
): Promise<FollowedView[]> {
  return follow(parts, [old], async (platform) => {
    const { keyRotated } = await import("../flashback/connect.ts");
    const accessKeyId = key.accessKeyPair?.accessKeyId;
    return keyRotated({ ...parts, platform }, old, { key: key.id, accessKeyId, secret });
  });
}

/** The configurations that hold one of the keys are removed. */
export function followRevocation(
  parts: AdminParts,
  keys: readonly { id: string }[],
): Promise<FollowedView[]> {
  const ids = keys.map(({ id }) => id);
  return follow(parts, ids, async (platform) => {
    const { keyRevoked } = await import("../flashback/connect.ts");
    const followed: Followed[] = [];
    for (const id of ids) followed.push(...(await keyRevoked({ ...parts, platform }, id)));
    return followed;
  });
}

/** Never rejects: the key itself is rotated or revoked, and stays so, whatever Flashback's part comes to. */
async function follow(
  parts: AdminParts,
  keys: readonly string[],
  work: (platform: Platform) => Promise<Followed[]>,
): Promise<FollowedView[]> {
  const held = (await parts.store.flashback.list()).filter(({ key }) => keys.includes(key));
  if (held.length === 0) return [];
  try {
    const followed = await work(await parts.flashback());
    return followed.map(({ connection, result, message }) => shown(connection, result, message));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return held.map((connection) => shown(connection, "failed", `change it there by hand: ${reason}`));
  }
}

function shown(
  { name, aiLlmId }: FlashbackConnection,
  result: Followed["result"],
  message: string | undefined,
): FollowedView {
  return { name, aiLlmId, result, ...(message === undefined ? {} : { message }) };
}
