/** The entry point for programs that embed Signet. */
import type { SettingsInput } from "../config/schema.ts";
import { engineProblem } from "../core/engine.ts";
import { ExpectedError } from "../core/expected-error.ts";
import { start, type Served } from "./start.ts";

export interface ServeOptions {
  /** The settings of signet.yaml (docs/configuration.md). Relative paths are resolved from the current folder. */
  settings?: SettingsInput;
  /** Environment variables that override settings: `SIGNET_*` and `AWS_*` (docs/configuration.md). Default: none. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts the gateway with its admin API in this process. Rejects with ConfigError, which names every problem in the
 * settings, and with the operating system's error if an address is in use.
 */
export function serve({ settings = {}, env = {} }: ServeOptions = {}): Promise<Served> {
  const problem = engineProblem(process.versions.node);
  if (problem !== undefined) return Promise.reject(new ExpectedError(problem));
  return start({ settings, env, cwd: process.cwd() }, { workers: 1 });
}
