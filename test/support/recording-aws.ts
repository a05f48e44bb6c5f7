/** A stub in place of the AWS CLI: what words a shell gives it, command by command. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export interface RecordingAws {
  /** Runs a script for a POSIX shell; the command named `fail` fails. */
  callsOf(script: string, fail?: string): string[][];
  remove(): void;
}

export function recordingAws(): RecordingAws {
  const folder = mkdtempSync(path.join(os.tmpdir(), "signet-aws-"));
  const stub = path.join(folder, "aws");
  writeFileSync(
    stub,
    `#!/bin/sh\nprintf '%s\\0' "$@" >> "$CALLS"; printf '\\0' >> "$CALLS"\n[ "$2" != "$FAIL" ]\n`,
  );
  chmodSync(stub, 0o755);
  return {
    callsOf(script, fail = "") {
      const calls = path.join(folder, "calls");
      writeFileSync(calls, "");
      const env = { PATH: `${folder}:/usr/bin:/bin`, CALLS: calls, FAIL: fail };
      try {
        execFileSync("sh", ["-s"], { input: script, env, cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
      } catch (error) {
        if (fail === "") throw error;
      }
      return wordsIn(readFileSync(calls, "utf8"));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Each word ends with a NUL, each command with another. A word may be empty, but never a command's first. */
function wordsIn(recorded: string): string[][] {
  return recorded
    .split("\0\0")
    .slice(0, -1)
    .map((call) => call.split("\0"));
}
