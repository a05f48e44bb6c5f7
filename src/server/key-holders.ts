/** The configured systems outside of Signet that hold its keys. Register further ones here. */
import type { Config } from "../config/schema.ts";
import { platformFor } from "../flashback/configured.ts";
import { flashbackHolder } from "../flashback/holder.ts";
import type { KeyHolder } from "../registry/key-holders.ts";

export function keyHolders({ flashback }: Config): KeyHolder[] {
  return [flashbackHolder(() => platformFor(flashback))];
}
