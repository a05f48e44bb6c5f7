/** One of the two compared checkouts, used only through its command line. */
import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export interface Checkout {
  /** Its folder. */
  root: string;
  /** As `git describe` prints it, or the folder. */
  name: string;
  /** The compiled entry point of its `signet` command. */
  program: string;
}

export type Env = Readonly<Record<string, string>>;

/** Builds it as published. */
export function build(root: string): void {
  process.stderr.write(`building ${root} …\n`);
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
}

export function openCheckout(root: string): Checkout {
  const { bin } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    bin: { signet: string };
  };
  return { root, name: nameOf(root), program: path.join(root, bin.signet) };
}

function nameOf(root: string): string {
  const git = spawnSync("git", ["describe", "--always", "--dirty"], { cwd: root, encoding: "utf8" });
  return git.status === 0 ? git.stdout.trim() : root;
}

/** Returns the command's standard output. Rejects with the reason in the message if it fails. */
export async function signet({ program }: Checkout, args: string[], env: Env): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    env,
    cwd: env["HOME"],
  });
  return stdout;
}

export interface Served {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** `log`: the file for its standard error. */
export async function serve({ program }: Checkout, data: string, env: Env, log: string): Promise<Served> {
  const child = spawn(process.execPath, [program, "--data", data, "serve", "--json"], {
    env,
    cwd: env["HOME"],
    stdio: ["ignore", "pipe", openSync(log, "a")],
  });
  const exited = once(child, "exit");
  const ended = exited.then(() => {
    throw new Error(`signet serve has ended:\n${readFileSync(log, "utf8")}`);
  });
  const line = await Promise.race([firstLine(child), ended]);
  ended.catch(() => undefined);
  return {
    url: urlIn(line),
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error("the output is not piped");
  const [line = ""] = (await once(createInterface({ input: stdout }), "line")) as string[];
  return line;
}

/** Other versions may name the field differently; the callers' address comes first. */
function urlIn(json: string): string {
  const { url } = JSON.parse(json) as { url?: string };
  const found = url ?? /https?:\/\/[^"]+/.exec(json)?.[0];
  if (found === undefined) throw new Error(`signet serve names no address: ${json}`);
  return found;
}
