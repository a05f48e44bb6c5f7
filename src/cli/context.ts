/** What every command gets: its surroundings, the configuration and the store. */
import { ExpectedError } from "../core/expected-error.ts";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Command } from "commander";
import type { Config } from "../config/schema.ts";
import type { ConfigSources } from "../config/load.ts";
import type { Clock } from "../core/clock.ts";
import { nameGeographies } from "../core/model.ts";
import { unreadableBecause } from "../core/reason.ts";
import type { Operator } from "../registry/operator.ts";
import type { Store } from "../store/store.ts";

/** What a command runs in: a process, or a test. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Whether stdout is a terminal: results may be colored. */
  readonly isTerminal: boolean;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** One line of the result. */
  out(line: string): void;
  /** One line of comment, on stderr. */
  note(line: string): void;
  /** A piece of a long result, at the reader's pace: nothing piles up in memory. */
  write(piece: string): Promise<void>;
  /** Standard input, to its end. */
  input(): Promise<string>;
  /** Once the command has ended, nothing that still runs is waited for. */
  abandon(): void;
}

export interface CliContext extends Surroundings {
  /** Lets the command finish its output and exit with this status, 1 by default. */
  fail(status?: number): void;
}

/** The author of changes by the command line, for the audit log: the operating system's user. */
export function operator({ clock }: CliContext): Operator {
  return { actor: `cli:${userName()}`, clock };
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown"); // A container's user often has no entry in passwd.
  }
}

/** Thrown when the user cancels a prompt. */
export class Cancelled extends ExpectedError {
  constructor() {
    super("canceled; nothing was created");
    this.name = "Cancelled";
  }
}

/** The text of a file that the user named; `-` is standard input. Rejects with the reason for the user. */
export async function textOf(context: Surroundings, file: string): Promise<string> {
  if (file === "-") return context.input();
  try {
    return await readFile(path.resolve(context.cwd, file), "utf8");
  } catch (error) {
    throw new ExpectedError(`${file}: ${unreadableBecause(error)}`, { cause: error });
  }
}

/** The sources of the configuration, by the global options `--config` and `--data`. */
export function configSources(context: CliContext, command: Command): ConfigSources {
  const { config, data } = command.optsWithGlobals<{ config?: string; data?: string }>();
  return {
    env: context.env,
    cwd: context.cwd,
    ...(config === undefined ? {} : { file: config }),
    ...(data === undefined ? {} : { data }),
  };
}

/** The effective configuration. Rejects with ConfigError. */
export async function loadConfigOf(context: CliContext, command: Command): Promise<Config> {
  const { loadConfig } = await import("../config/load.ts");
  const config = loadConfig(configSources(context, command));
  nameGeographies(config.aws.geographies?.split(/, ?/));
  return config;
}

/** Runs `work` on the configured store, which must exist unless `create` is set, and closes it. */
export async function withStore<T>(
  context: CliContext,
  command: Command,
  work: (store: Store) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const config = await loadConfigOf(context, command);
  const { openSqliteStore } = await import("../store/sqlite.ts");
  const store = await openSqliteStore(config.store.file, { mustExist: !create });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
