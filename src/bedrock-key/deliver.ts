/** Ways to deliver a new Bedrock API key: a file, a command's standard input. Never an argument or a log. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Secret } from "../core/secret.ts";

export type Deliver = (token: Secret) => Promise<void>;

export const FILE_FORMATS = ["token", "env"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

const COMMAND_MS = 60_000;
/** Characters of a failed program's output that are read and shown. */
const READ = 8_192;
const SHOWN = 500;

/** Writes a temporary file and renames it, so that a reader sees either the old token or the new one, complete. */
export function toFile(file: string, format: FileFormat): Deliver {
  return async (token) => {
    const text = format === "env" ? `AWS_BEARER_TOKEN_BEDROCK=${token.reveal()}\n` : `${token.reveal()}\n`;
    const beside = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}`);
    try {
      const handle = await open(beside, "wx", 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, file);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  };
}

/** Runs a program with the token on its standard input. Rejects if it fails or takes more than a minute. */
export function toCommand(program: string, args: readonly string[], clock: Clock): Deliver {
  return (token) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
      let said = "";
      let late = false;
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-READ);
      });
      const limit = clock.setTimeout(() => {
        late = true;
        child.kill("SIGKILL");
        // Its own children may hold standard error open.
        child.stderr.destroy();
      }, COMMAND_MS);
      child.on("error", (error) => {
        clock.clear(limit);
        reject(error);
      });
      child.on("close", (status, signal) => {
        clock.clear(limit);
        if (status === 0) return resolve();
        const why = late ? `took more than ${COMMAND_MS / 1000} s` : `ended with ${status ?? signal}`;
        const text = withoutSecrets(said).trim().slice(-SHOWN);
        reject(new Error(`${program} ${why}${text === "" ? "" : `: ${text}`}`));
      });
      // A program that doesn't read its input is judged by its exit status.
      child.stdin.on("error", () => undefined).end(`${token.reveal()}\n`);
    });
}

/** The output may hold the token in pieces or re-encoded: any long run of a token's characters is removed. */
function withoutSecrets(text: string): string {
  return text.replaceAll(/[A-Za-z0-9+/=_%-]{32,}/g, "[redacted]");
}
