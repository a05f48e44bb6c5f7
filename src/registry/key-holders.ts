/**
 * Systems outside of Signet that hold its keys: one gets the successor when a key is rotated, and lets go of a key that
 * is revoked. They are registered where a program is put together (`server/key-holders.ts`).
 */
import type { IssuedKey } from "./keys.ts";
import type { Operator } from "./operator.ts";
import type { Store } from "../store/store.ts";

/** A place that held a key, and what became of it. */
export interface HeldKey {
  /** The system, such as `Flashback`. */
  holder: string;
  /** What the place is called there, and its id. */
  name: string;
  id: string;
  result: "updated" | "removed" | "forgotten" | "failed";
  /** Why it failed. */
  message?: string;
}

/** What a holder works with, and in whose name. */
export interface HolderParts {
  store: Store;
  operator: Operator;
}

/** Neither function rejects: the key itself is rotated or revoked, and stays so, whatever becomes of its copies. */
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

/** To be called with every key that was revoked, by itself or with its client or delegation. */
export async function afterRevocation(parts: Holders, keys: readonly { id: string }[]): Promise<HeldKey[]> {
  const ids = keys.map(({ id }) => id);
  const held = parts.keyHolders.map((holder) => holder.revoked(parts, ids));
  return (await Promise.all(held)).flat();
}
