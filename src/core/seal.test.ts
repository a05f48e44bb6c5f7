import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { masterKeyBytes, masterKeyOf, newMasterKey, SealError } from "./seal.ts";
import { Secret } from "./secret.ts";

const BYTES = randomBytes(32);
const key = masterKeyOf(Buffer.from(BYTES));
const AKID = "SGNTABCDEFGHIJKLMNOP";
const SECRET = "abcdefghijklmnopqrstuvwxyz0123456789ABCD";

function refusal(work: () => unknown): string {
  try {
    work();
    return "opened";
  } catch (thrown) {
    return thrown instanceof SealError ? thrown.code : String(thrown);
  }
}

test("a sealed secret is opened by the same master key, in another process too", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 10, maxLength: 100 }), (secret) => {
      const sealed = key.seal(AKID, new Secret(secret));
      expect(masterKeyOf(Buffer.from(BYTES)).open(AKID, sealed).reveal()).toBe(
        Buffer.from(secret).toString(),
      );
    }),
  );
});

test("what is sealed never shows the secret, and never looks the same twice", () => {
  const sealed = Array.from({ length: 100 }, () => key.seal(AKID, new Secret(SECRET)));
  expect(new Set(sealed).size).toBe(100);
  for (const text of sealed) {
    expect(text.startsWith(`v1.${key.id}.`)).toBe(true);
    expect(Buffer.from(text.split(".")[2]!, "base64url").toString("latin1")).not.toContain(
      SECRET.slice(0, 6),
    );
  }
});

test("a wrong master key is distinguished from damage", () => {
  const sealed = key.seal(AKID, new Secret(SECRET));
  expect(refusal(() => masterKeyOf(randomBytes(32)).open(AKID, sealed))).toBe("wrong_master_key");
  expect(refusal(() => key.open("SGNTZZZZZZZZZZZZZZZZ", sealed))).toBe("damaged");
  expect(refusal(() => key.open(AKID, sealed.slice(0, 60)))).toBe("damaged");
  expect(refusal(() => key.open(AKID, "plain"))).toBe("damaged");
});

test("a change to any character of a sealed secret is detected", () => {
  const sealed = key.seal(AKID, new Secret(SECRET));
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
    expect([at, refusal(() => key.open(AKID, changed))]).not.toEqual([at, "opened"]);
  }
});

test("a master key is 32 bytes in base64, new each time, and never printed", () => {
  const text = newMasterKey().reveal();
  expect(masterKeyBytes(text)).toHaveLength(32);
  expect(newMasterKey().reveal()).not.toBe(text);
  expect(["", "x", text.slice(1), `${text}A`, ` ${text}`].map(masterKeyBytes)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
  const shown = inspect(key, { depth: 9 }) + JSON.stringify(key);
  expect(shown).not.toContain(BYTES.toString("base64"));
  expect(shown).not.toContain(BYTES.toString("hex"));
});
