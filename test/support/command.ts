/**
 * `signet` as a command: its arguments, environment, standard input and output; in the test's process. Signals, pipes
 * and what Node itself does are for `spawnSignet` (process.ts).
 */
import type { CliContext } from "../../src/cli/context.ts";
import { run } from "../../src/cli/program.ts";
import { systemClock } from "../../src/core/clock.ts";

/** Where programs are, and the date of tests that run under another one (`faketime`). */
export const INHERITED = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(?:PATH|LD_PRELOAD|FAKETIME\w*)$/.test(name)),
) as Record<string, string>;

export interface Ended {
  status: number | null;
  out: string;
  err: string;
}

export interface CommandOptions {
  cwd: string;
  env: Record<string, string>;
  /** Standard input; empty by default. */
  input?: string;
}

export async function signet(line: string, { cwd, env, input = "" }: CommandOptions): Promise<Ended> {
  const ended = { out: "", err: "" };
  const out = (text: string) => void (ended.out += text);
  const leave = enter({ ...INHERITED, NO_COLOR: "1", ...env });
  try {
    const status = await run(
      wordsOf(line),
      commandContext({
        env,
        cwd,
        out: (text) => out(`${text}\n`),
        note: (text) => void (ended.err += `${text}\n`),
        write: async (piece) => out(piece),
        input: async () => input,
      }),
    );
    return { status, ...ended };
  } finally {
    leave();
  }
}

/** The surroundings of a command, without a terminal; they print nothing by default. */
export function commandContext(own: Partial<CliContext>): CliContext {
  return {
    env: {},
    cwd: "/",
    clock: systemClock,
    isTerminal: false,
    isInteractive: false,
    out: () => undefined,
    note: () => undefined,
    write: async () => undefined,
    input: async () => "",
    abandon: () => undefined,
    fail: () => undefined,
    ...own,
  };
}

/** Split like in a shell: at spaces, with single quotes kept together. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
}

let commands = 0;
let own: NodeJS.ProcessEnv = {};

/** AWS's SDK looks for credentials in the process's own environment: it is the commands' while any of them runs. */
function enter(env: Record<string, string>): () => void {
  if (commands++ === 0) own = { ...process.env };
  replaceEnvironment(env);
  return () => {
    if (--commands === 0) replaceEnvironment(own);
  };
}

function replaceEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}
