/** `signet` as its own process: a command that ends, or `signet serve` against a sandbox in the test's process. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { INHERITED, wordsOf, type CommandOptions, type Ended } from "./command.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
export const ENTRY = path.join(ROOT, "src/cli/entry.ts");

/** What each process gets. Compiled code is kept in the checkout, not in the home of who runs the tests. */
export const PROCESS_ENV = {
  ...INHERITED,
  XDG_CACHE_HOME: path.join(ROOT, "node_modules/.cache"),
};

/** As `signet` of command.ts, in a process. */
export async function spawnSignet(line: string, { cwd, env, input }: CommandOptions): Promise<Ended> {
  const child = spawn(process.execPath, [ENTRY, ...wordsOf(line)], { cwd, env: { ...PROCESS_ENV, ...env } });
  const ended = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (ended.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.err += text));
  child.stdin.end(input ?? "");
  const [status] = (await once(child, "close")) as [number | null];
  return { status, ...ended };
}

export interface ServeProcess {
  url: string;
  /** Of the console and the admin API. */
  admin: string;
  child: ChildProcess;
  /** Its log so far, one line each. */
  log: string[];
  /** Settles with the exit status, or the signal's name. */
  ended: Promise<number | string>;
}

export interface ServeOptions {
  /** The data folder. */
  data: string;
  env: Record<string, string>;
  /** The number of workers; by default the process itself takes calls. */
  workers?: number;
}

/** Resolves once it listens. */
export async function startServe({ data, env, workers = 1 }: ServeOptions): Promise<ServeProcess> {
  const child = spawn(
    process.execPath,
    [ENTRY, "--data", data, "serve", "--json", "--workers", String(workers)],
    {
      env: { ...PROCESS_ENV, SIGNET_LISTEN_PORT: "0", SIGNET_ADMIN_PORT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const log: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const ended = once(child, "exit").then(
    ([status, signal]: (number | string | null)[]) => status ?? signal ?? "",
  );
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, "line").then(([line]: string[]) => line ?? ""),
    ended.then((status) => {
      throw new Error(`signet serve ended with ${status}: ${log.join("\n")}`);
    }),
  ]);
  const { url, admin } = JSON.parse(first) as { url: string; admin: string };
  return { url, admin, child, log, ended };
}
