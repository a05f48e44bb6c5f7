import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../core/secret.ts";
import { systemClock } from "../core/clock.ts";
import { toCommand, toFile } from "./deliver.ts";

describe("a delivery", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "signet-deliver-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("to a file replaces it atomically, readable by its owner only", async () => {
    const file = path.join(folder, "bedrock.env");
    await toFile(file, "token")(new Secret("one"));
    expect(readFileSync(file, "utf8")).toBe("one\n");
    await toFile(file, "env")(new Secret("two"));
    expect(readFileSync(file, "utf8")).toBe("AWS_BEARER_TOKEN_BEDROCK=two\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["bedrock.env"]);
  });

  it("to a file that can't be written leaves nothing behind and reports why", async () => {
    await expect(toFile(path.join(folder, "no/such/file"), "token")(new Secret("x"))).rejects.toThrow(
      "ENOENT",
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("to a command is on its standard input, never among its arguments", async () => {
    const file = path.join(folder, "seen");
    await toCommand("sh", ["-c", `cat > ${file}; echo "$@" >> ${file}`], systemClock)(new Secret("one"));
    expect(readFileSync(file, "utf8")).toBe("one\n\n");
  });

  it("to a command that fails is reported without the token that it echoed, whole or in pieces (T26)", async () => {
    const token = `bedrock-api-key-${Buffer.from("X-Amz-Security-Token=".repeat(200)).toString("base64")}`;
    const failing = toCommand(
      "sh",
      ["-c", "cat >&2; echo no such vault >&2; exit 3"],
      systemClock,
    )(new Secret(token));
    await expect(failing).rejects.toThrow("sh ended with 3: [redacted]\nno such vault");
    const cutting = toCommand("sh", ["-c", "head -c 600 >&2; exit 3"], systemClock)(new Secret(token));
    await expect(cutting).rejects.toThrow(/^sh ended with 3: \[redacted\]$/);
  });

  it("to a missing command, or one that doesn't read, is judged by how it ends", async () => {
    await expect(toCommand("/no/such/program", [], systemClock)(new Secret("x"))).rejects.toThrow("ENOENT");
    await toCommand("true", [], systemClock)(new Secret("x".repeat(1_000_000)));
  });
});
