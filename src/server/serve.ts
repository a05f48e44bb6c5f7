/** What a program that embeds Signet calls. */
import type { SettingsInput } from "../config/schema.ts";
import { start, type Served } from "./start.ts";

export interface ServeOptions {
  /** The settings of signet.yaml (docs/configuration.md). Relative paths count from the current folder. */
  settings?: SettingsInput;
  /** Environment variables that override settings: `SIGNET_*` and `AWS_*` (docs/configuration.md). Default: none. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts the gateway with its admin API in this process. Rejects with ConfigError, which names every problem of the
 * settings, and with the operating system's error where an address is taken.
 */
export function serve({ settings = {}, env = {} }: ServeOptions = {}): Promise<Served> {
  return start({ settings, env, cwd: process.cwd() }, { workers: 1 });
}
