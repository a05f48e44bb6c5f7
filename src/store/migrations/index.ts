/** The schema's history: migration n leads to version n. What was released is never edited; new ones are appended. */
import { initial } from "./0001-initial.ts";
import { delegationLife } from "./0002-delegation-life.ts";
import { aliases } from "./0003-aliases.ts";
import { limits } from "./0004-limits.ts";
import { accessKeyPairs } from "./0005-access-key-pairs.ts";
import { adminTokens } from "./0006-admin-tokens.ts";
import { fixes } from "./0007-fixes.ts";
import { settings } from "./0008-settings.ts";

export const MIGRATIONS: readonly string[] = [
  initial,
  delegationLife,
  aliases,
  limits,
  accessKeyPairs,
  adminTokens,
  fixes,
  settings,
];
