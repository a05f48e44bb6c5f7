/** The old installation in this folder, as it was on disk. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { signingKeyPair } from "./known.ts";

const SAVED = path.join(import.meta.dirname, "d33cf8e");

interface Facts {
  /** Ids of keys, by their fate. */
  keys: Record<
    "app" | "narrow" | "recorded" | "expired" | "revoked" | "suspended" | "limited" | "rotated",
    string
  >;
  calls: number;
  outcomes: Record<string, number>;
  protocols: Record<string, number>;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  changes: number;
  chains: object[];
}

/** The findings of the old `signet` in its store and log. */
export const FACTS = JSON.parse(readFileSync(path.join(SAVED, "facts.json"), "utf8")) as Facts;

export interface Unpacked {
  /** The data folder. */
  data: string;
  auditDir: string;
  storeFile: string;
  remove(): void;
}

export function unpack(): Unpacked {
  const data = mkdtempSync(path.join(tmpdir(), "signet-legacy-"));
  for (const name of globSync("**/*.gz", { cwd: SAVED })) {
    const file = path.join(data, name.slice(0, -".gz".length));
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, gunzipSync(readFileSync(path.join(SAVED, name))), { mode: 0o600 });
  }
  writeFileSync(path.join(data, "audit-signing.pem"), signingKeyPair().privateKey, { mode: 0o600 });
  return {
    data,
    auditDir: path.join(data, "audit"),
    storeFile: path.join(data, "signet.db"),
    remove: () => rmSync(data, { recursive: true, force: true }),
  };
}
