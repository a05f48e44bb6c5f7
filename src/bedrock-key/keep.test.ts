import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../core/secret.ts";
import { OperatorError, wrongState } from "../delegations/errors.ts";
import { toCommand, toFile } from "./deliver.ts";
import { keepBedrockKey, type KeepParts } from "./keep.ts";

const MINUTE = 60_000;
const LIFE = 60 * MINUTE;

/** A run with time of its own: each pause moves it on; the keeping is stopped after so many pauses. */
function newRun(pauses: number, issue: (now: number, attempt: number) => number) {
  let now = 0;
  let attempts = 0;
  let left = pauses;
  const stop = new AbortController();
  const log: string[] = [];
  const delivered: string[] = [];
  const at = () => `${Math.round(now / MINUTE)}m`;
  const parts: KeepParts = {
    issue: async () => {
      const expiresAt = issue(now, attempts++);
      return { token: new Secret(`token-${attempts}`), region: "us-east-1", expiresAt };
    },
    deliver: [async (token) => void delivered.push(token.reveal())],
    clock: { now: () => now },
    signal: stop.signal,
    pause: async (milliseconds) => {
      now += milliseconds;
      if (--left <= 0) stop.abort();
    },
    events: {
      delivered: () => void log.push(`${at()} delivered`),
      failed: () => void log.push(`${at()} failed`),
      lapsed: () => void log.push(`${at()} lapsed`),
    },
    random: () => 1,
  };
  return { parts, log, delivered };
}

describe("keeping a Bedrock API key", () => {
  it("renews it at three quarters of its life, again and again", async () => {
    const { parts, log, delivered } = newRun(3, (now) => now + LIFE);
    await keepBedrockKey(parts);
    expect(log).toEqual(["0m delivered", "45m delivered", "90m delivered"]);
    expect(delivered).toEqual(["token-1", "token-2", "token-3"]);
  });

  it("tries again while the old one lives, and says so once when it has lapsed", async () => {
    const { parts, log } = newRun(40, (now, attempt) => {
      if (attempt === 0) return LIFE;
      if (now < 75 * MINUTE) throw new Error("STS is down");
      return now + LIFE;
    });
    await keepBedrockKey(parts);
    expect(log.filter((line) => line.endsWith("lapsed"))).toEqual(["60m lapsed"]);
    expect(log[1]).toBe("45m failed");
    expect(log.find((line) => line !== "0m delivered" && line.endsWith("delivered"))).toBe("75m delivered");
  });

  it("delivers again where a delivery failed", async () => {
    const { parts, log } = newRun(2, (now) => now + LIFE);
    let tries = 0;
    const deliver = [
      async () => {
        if (tries++ === 0) throw new Error("disk full");
      },
    ];
    await keepBedrockKey({ ...parts, deliver });
    expect(log).toEqual(["0m failed", "0m delivered"]);
  });

  it("ends as soon as no key may be had any more", async () => {
    const { parts } = newRun(9, (now, attempt) => {
      if (attempt === 1) throw wrongState("delegation", "acme is revoked");
      return now + LIFE;
    });
    await expect(keepBedrockKey(parts)).rejects.toBeInstanceOf(OperatorError);
  });
});

describe("a delivery", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "signet-deliver-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("to a file replaces it as a whole, for its owner alone", async () => {
    const file = path.join(folder, "bedrock.env");
    await toFile(file, "token")(new Secret("one"));
    expect(readFileSync(file, "utf8")).toBe("one\n");
    await toFile(file, "env")(new Secret("two"));
    expect(readFileSync(file, "utf8")).toBe("AWS_BEARER_TOKEN_BEDROCK=two\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["bedrock.env"]);
  });

  it("to a file that can't be written leaves nothing and says why", async () => {
    await expect(toFile(path.join(folder, "no/such/file"), "token")(new Secret("x"))).rejects.toThrow(
      "ENOENT",
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("to a command is on its standard input, never among its arguments", async () => {
    const file = path.join(folder, "seen");
    await toCommand("sh", ["-c", `cat > ${file}; echo "$@" >> ${file}`])(new Secret("one"));
    expect(readFileSync(file, "utf8")).toBe("one\n\n");
  });

  it("to a command that fails says so, without the token it may have echoed (T26)", async () => {
    const failing = toCommand("sh", ["-c", "cat >&2; exit 3"])(new Secret("token-canary"));
    await expect(failing).rejects.toThrow("sh ended with 3: [redacted]");
    await expect(toCommand("/no/such/program", [])(new Secret("x"))).rejects.toThrow("ENOENT");
  });
});
