import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { OperatorError } from "../registry/errors.ts";
import { afterRevocation } from "../registry/key-holders.ts";
import { newClient, newDelegation, newKey } from "../store/contract.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { flashbackHolder } from "./holder.ts";

const CONNECTED = "AAAAAAAAAAAA";
const OTHER = "BBBBBBBBBBBB";

let store: Store;
let asked: number;

beforeEach(async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "signet-holder-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
  await store.delegations.add(newDelegation());
  await store.clients.add(newClient());
  for (const id of [CONNECTED, OTHER]) await store.keys.add(newKey({ id }));
  await store.flashback.add({
    aiLlmId: "llm-1",
    name: "bedrock",
    aiType: "OPENAI",
    endpoint: "https://signet.example.com/v1",
    workspaceId: "42",
    platformUrl: "https://flashback.example.com",
    key: CONNECTED,
    createdAt: 0,
  });
  asked = 0;
  return async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  };
});

const notConfigured = flashbackHolder(() => {
  asked++;
  return Promise.reject(
    new OperatorError("invalid", [{ field: "flashback.url", message: "must be configured" }]),
  );
});
const revoked = (...keys: string[]) =>
  afterRevocation(
    { store, operator: { actor: "cli:test", clock: systemClock }, keyHolders: [notConfigured] },
    keys.map((id) => ({ id })),
  );

describe("Flashback without a configured platform API", () => {
  it("doesn't stop a revocation, but is reported as a manual step", async () => {
    expect(await revoked(OTHER, CONNECTED)).toEqual([
      {
        holder: "Flashback",
        name: "bedrock",
        id: "llm-1",
        result: "failed",
        message: "change it there by hand: flashback.url: must be configured",
      },
    ]);
  });

  it("is ignored if no configuration holds the key", async () => {
    expect(await revoked(OTHER)).toEqual([]);
    expect(asked).toBe(0);
  });
});
