/** Drives the `signet` of an earlier commit from outside: its command line, its listener, the files it leaves. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { HAIKU } from "../support/world.ts";
import { knownSecret, MASTER_KEY } from "./known.ts";

const [checkout, target] = process.argv.slice(2);
if (checkout === undefined || target === undefined) throw new Error("usage: make.ts <checkout> <target>");

/** A call with recorded content is long. */
const MAX_OUTPUT = 16 * 1024 * 1024;
const KNOWN_RANDOM = path.join(import.meta.dirname, "known-random.ts");
const { scripts } = JSON.parse(readFileSync(path.join(checkout, "package.json"), "utf8")) as {
  scripts: { signet: string };
};
const MAIN = path.resolve(checkout, scripts.signet.replace("node ", ""));
export const TARGET = target;
export const CONVERSE = `/model/${encodeURIComponent(HAIKU)}/converse`;
export const folder = mkdtempSync(path.join(tmpdir(), "signet-legacy-"));
export const data = path.join(folder, "data");
/** Processes that were started and may have to be stopped. */
export const started: ChildProcess[] = [];
export const env: Record<string, string> = {
  PATH: process.env["PATH"] ?? "",
  SIGNET_LISTEN_PORT: "0",
  SIGNET_ADMIN_PORT: "0",
  SIGNET_MASTER_KEY: MASTER_KEY,
  SIGNET_AUDIT_SEGMENT_MIB: "1",
  SIGNET_AUDIT_CHECKPOINT_RECORDS: "10",
};

/** Runs a command line to its end and returns its output. Words are split at spaces, a quoted one is kept together. */
export async function signet(line: string): Promise<string> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  const args = ["--import", KNOWN_RANDOM, MAIN, "--data", data, ...words];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: folder,
    env,
    maxBuffer: MAX_OUTPUT,
  });
  return stdout.trim();
}

export async function signetJson<T>(line: string): Promise<T> {
  return JSON.parse(await signet(`${line} --json`)) as T;
}

/** Starts a command that keeps running; resolves with the JSON that it prints first. */
export async function start<T>(...words: string[]): Promise<T & { child: ChildProcess }> {
  const child = spawn(process.execPath, [MAIN, "--data", data, ...words, "--json"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { ...(JSON.parse(line) as T), child };
}

export const serve = (workers = 1) => start<{ url: string }>("serve", "--workers", String(workers));

export async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, "exit");
}

export function call(url: string, key: string, pathname: string, body?: object): Promise<Response> {
  return fetch(url + pathname, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${knownSecret(key)}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
}

export async function ask(
  url: string,
  key: string,
  expected: number,
  pathname: string,
  body?: object,
): Promise<void> {
  const answer = await call(url, key, pathname, body);
  const text = await answer.text();
  if (answer.status !== expected) throw new Error(`${pathname}: ${answer.status}, not ${expected}: ${text}`);
}

export const converse = (text: string) => ({ messages: [{ role: "user", content: [{ text }] }] });

/** A call that doesn't end by itself. Its first event has arrived, so its intent is on disk. */
export async function hang(url: string, key: string): Promise<void> {
  const answer = await call(url, key, `${CONVERSE}-stream`, converse("[[slow:200]] [[long:5000]]"));
  if (answer.status !== 200) throw new Error(`a stream was answered ${answer.status}`);
  answer.body?.pipeTo(new WritableStream()).catch(() => undefined); // It is cut off with its process.
}

/** Each file compressed by itself; locks, reserved space and the private key are left out. */
export function save(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, saved] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) save(source, saved);
    else if (!/^(?:writer\.lock.*|reserve|audit-signing\.pem|.*-shm)$/.test(entry.name))
      writeFileSync(`${saved}.gz`, gzipSync(readFileSync(source), { level: 9 }));
  }
}
