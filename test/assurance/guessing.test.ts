/** T1: guesses at secrets are refused, and the time it takes doesn't reveal which keys exist. */
import { describe, expect, it } from "vitest";
import type { Delegation, Key } from "../../src/core/delegation.ts";
import { keyDigest, newKeySecret } from "../../src/core/ids.ts";
import { createDirectory } from "../../src/directory/directory.ts";
import { figure, tries } from "./figure.ts";

const TOKENS = 1_000;

/** Well-formed secrets, each with its own id. */
function newTokens(): { id: string; token: string }[] {
  return Array.from({ length: TOKENS }, () => {
    const { id, secret } = newKeySecret();
    return { id, token: secret.reveal() };
  });
}

describe("guesses at secrets", () => {
  it("are all refused, in the same time for existing and missing keys (T1)", (context) => {
    const directory = createDirectory(() => undefined);
    const atKeys = newTokens();
    const atNone = newTokens();
    const keyOf = ({ id }: { id: string }, secret: string): Key => ({
      id,
      client: "app",
      delegation: "team-a",
      grants: null,
      digest: keyDigest(secret),
      createdAt: 0,
    });
    const [own] = newTokens();
    if (!own) throw new Error("no token was made");
    directory.apply({
      delegations: [{ name: "team-a", state: "active" } as Delegation],
      clients: [{ name: "app", delegations: [{ delegation: "team-a", grants: null }], createdAt: 0 }],
      keys: [keyOf(own, own.token), ...atKeys.map((each, at) => keyOf(each, atNone[at]?.token ?? ""))],
    });
    expect(directory.identify(own.token, 0)?.key.id).toBe(own.id);
    const known: number[] = [];
    const unknown: number[] = [];
    const sides = [
      [atKeys, known],
      [atNone, unknown],
    ] as const;
    let taken = 0;
    const rounds = tries(5, 100);
    for (let round = 0; round < rounds; round++) {
      for (const [tokens, micros] of sides) {
        const began = performance.now();
        for (const { token } of tokens) if (directory.identify(token, 0)) taken++;
        micros.push(((performance.now() - began) * 1000) / TOKENS);
      }
    }
    expect(taken).toBe(0);
    const timing = `${median(known)} µs for existing keys, ${median(unknown)} µs for missing ones`;
    figure(context, `${2 * rounds * TOKENS} guesses, ${timing}`);
  });
});

function median(values: number[]): string {
  return (values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0).toFixed(2);
}
