/** `signet` as a command of its own, its end awaited: the sandbox in the test's process can answer meanwhile. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");
export const ENTRY = path.join(ROOT, "src/cli/entry.ts");

/** Tests that run under another date (`faketime`) give it to the processes that they start. */
const DATE = Object.entries(process.env).filter(
  ([name]) => name === "LD_PRELOAD" || name.startsWith("FAKETIME"),
);

/** What every process of a test's gets. Compiled code is kept in the checkout, not in the home of who runs the tests. */
export const PROCESS_ENV = {
  PATH: process.env["PATH"] ?? "",
  XDG_CACHE_HOME: path.join(ROOT, "node_modules/.cache"),
  ...Object.fromEntries(DATE),
};

export interface Ended {
  status: number | null;
  out: string;
  err: string;
}

export interface CommandOptions {
  cwd: string;
  env: Record<string, string>;
  /** Standard input; none unless given. */
  input?: string;
}

/** Arguments as a shell would split them: by spaces, single quotes kept together. */
export async function signet(line: string, { cwd, env, input }: CommandOptions): Promise<Ended> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  const child = spawn(process.execPath, [ENTRY, ...words], {
    cwd,
    env: { ...PROCESS_ENV, ...env },
  });
  const ended = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (ended.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.err += text));
  child.stdin.end(input ?? "");
  const [status] = (await once(child, "close")) as [number | null];
  return { status, ...ended };
}
