import { describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import { OperatorError, wrongState } from "../registry/errors.ts";
import { keepBedrockKey, type KeepParts } from "./keep.ts";

const MINUTE = 60_000;
const LIFE = 60 * MINUTE;

/** A run with its own clock: each pause advances it; renewal stops after that many pauses. */
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
    clock: {
      ...systemClock,
      now: () => now,
      setTimeout(callback, milliseconds) {
        now += milliseconds;
        if (--left <= 0) stop.abort();
        return systemClock.setTimeout(callback, 0);
      },
    },
    signal: stop.signal,
    events: {
      delivered: () => void log.push(`${at()} delivered`),
      failed: () => void log.push(`${at()} failed`),
      lapsed: () => void log.push(`${at()} lapsed`),
    },
    random: () => 1,
  };
  return { parts, log, delivered, stop };
}

describe("keeping a Bedrock API key fresh", () => {
  it("renews it at three quarters of its lifetime, again and again", async () => {
    const { parts, log, delivered } = newRun(3, (now) => now + LIFE);
    await keepBedrockKey(parts);
    expect(log).toEqual(["0m delivered", "45m delivered", "90m delivered"]);
    expect(delivered).toEqual(["token-1", "token-2", "token-3"]);
  });

  it("retries while the old one is valid, and reports once when it has lapsed", async () => {
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

  it("delivers the same key again only to where it didn't arrive", async () => {
    const { parts, log, delivered } = newRun(3, (now) => now + LIFE);
    let tries = 0;
    const full = async () => {
      if (tries++ < 2) throw new Error("disk full");
    };
    await keepBedrockKey({ ...parts, deliver: [full, ...parts.deliver] });
    expect(log).toEqual(["0m failed", "0m failed", "0m delivered"]);
    expect([tries, delivered]).toEqual([3, ["token-1"]]);
  });

  it("makes a new one if delivery kept failing until renewal was due, and reports that the old one lapsed", async () => {
    const { parts, log, delivered } = newRun(80, (now) => now + LIFE);
    let broken = false;
    const sometimes = async () => {
      if (broken) throw new Error("vault sealed");
      broken = true;
    };
    await keepBedrockKey({ ...parts, deliver: [...parts.deliver, sometimes] });
    expect(log.filter((line) => !line.endsWith("failed"))).toEqual(["0m delivered", "60m lapsed"]);
    expect(delivered.slice(0, 2)).toEqual(["token-1", "token-2"]);
  });

  it("doesn't deliver a key that was made while it was being stopped", async () => {
    const { parts, delivered, stop } = newRun(9, (now) => {
      stop.abort();
      return now + LIFE;
    });
    await keepBedrockKey(parts);
    expect(delivered).toEqual([]);
  });

  it("calls AWS at most every 5 s, however short-lived the keys are", async () => {
    const moments: number[] = [];
    const { parts } = newRun(4, (now) => {
      moments.push(now);
      return now + 1000;
    });
    await keepBedrockKey(parts);
    expect(moments).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it("stops as soon as no key may be issued any longer", async () => {
    const { parts } = newRun(9, (now, attempt) => {
      if (attempt === 1) throw wrongState("delegation", "acme is revoked");
      return now + LIFE;
    });
    await expect(keepBedrockKey(parts)).rejects.toBeInstanceOf(OperatorError);
  });
});
