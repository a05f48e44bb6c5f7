/** Flashback as a holder of keys: configurations created through its platform API follow their keys. */
import { messageOf } from "../core/reason.ts";
import type { FlashbackConnection } from "../store/flashback.ts";
import type { HeldKey, HolderParts, KeyHolder } from "../registry/key-holders.ts";
import type { Followed } from "./connect.ts";
import type { Platform } from "./platform.ts";

/** `platform` is called only if a configuration holds one of the keys. */
export function flashbackHolder(platform: () => Promise<Platform>): KeyHolder {
  return {
    rotated: (parts, old, { key, secret }) =>
      follow(parts, [old], async () => {
        const { keyRotated } = await import("./connect.ts");
        const issued = { key: key.id, accessKeyId: key.accessKeyPair?.accessKeyId, secret };
        return keyRotated({ ...parts, platform: await platform() }, old, issued);
      }),
    revoked: (parts, keys) =>
      follow(parts, keys, async () => {
        const { keyRevoked } = await import("./connect.ts");
        const revoking = { ...parts, platform: await platform() };
        const followed: Followed[] = [];
        for (const key of keys) followed.push(...(await keyRevoked(revoking, key)));
        return followed;
      }),
  };
}

async function follow(
  { store }: HolderParts,
  keys: readonly string[],
  work: () => Promise<Followed[]>,
): Promise<HeldKey[]> {
  const held = (await store.flashback.list()).filter(({ key }) => keys.includes(key));
  if (held.length === 0) return [];
  try {
    return (await work()).map(({ connection, result, message }) => shown(connection, result, message));
  } catch (error) {
    return held.map((connection) =>
      shown(connection, "failed", `change it there by hand: ${messageOf(error)}`),
    );
  }
}

function shown(
  { name, aiLlmId: id }: FlashbackConnection,
  result: Followed["result"],
  message: string | undefined,
): HeldKey {
  return { holder: "Flashback", name, id, result, ...(message === undefined ? {} : { message }) };
}
