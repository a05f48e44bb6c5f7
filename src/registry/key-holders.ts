/**
 * Systems outside of Signet that hold its keys: they get the successor when a key is rotated, and drop a revoked key.
 * They are registered in `server/key-holders.ts`.
 */
import type { IssuedKey } from "./keys.ts";
import type { Operator } from "./operator.ts";
import type { Store } from "../store/store.ts";

/** A place that held a key, and what happened to it. */
export interface HeldKey {
  /** The system, such as `Flashback`. */
  holder: string;
  /** The place's name in the system, and its id. */
  name: string;
  id: string;
  result: "updated" | "removed" | "forgotten" | "failed";
  /** Why it failed. */
  message?: string;
}

/** What a holder works with, and on whose behalf. */
export interface HolderParts {
  store: Store;
  operator: Operator;
}

/** Neither function rejects: the key stays rotated or revoked, whatever happens to its copies. */
export interface KeyHolder {
  /** `old` is the id of the key that was rotated. */
  rotated(parts: HolderParts, old: string, issued: IssuedKey): Promise<HeldKey[]>;
  /** `keys` are ids. */
  revoked(parts: HolderParts, keys: readonly string[]): Promise<HeldKey[]>;
}

interface Holders extends HolderParts {
  keyHolders: readonly KeyHolder[];
}

export async function afterRotation(parts: Holders, old: string, issued: IssuedKey): Promise<HeldKey[]> {
  const held = parts.keyHolders.map((holder) => holder.rotated(parts, old, issued));
  return (await Promise.all(held)).flat();
}

/** Must be called with every revoked key, revoked by itself or with its client or delegation. */
export async function afterRevocation(parts: Holders, keys: readonly { id: string }[]): Promise<HeldKey[]> {
  const ids = keys.map(({ id }) => id);
  const held = parts.keyHolders.map((holder) => holder.revoked(parts, ids));
  return (await Promise.all(held)).flat();
}
