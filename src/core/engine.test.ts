import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isSupported, LEAST_NODE } from "./engine.ts";

describe("the engine check", () => {
  it.each([
    ["12.22.12", false],
    ["20.20.2", false],
    ["24.18.0", false],
    ["24.18.1", true],
    ["24.19.0", true],
    ["25.0.0", true],
    ["26.10.0", true],
    ["27.0.0-nightly20261123", true],
  ])("accepts Node %s: %s", (version, supported) => {
    expect(isSupported(version)).toBe(supported);
  });

  it("requires the same version as package.json", () => {
    const file = path.resolve(import.meta.dirname, "../../package.json");
    const { engines, bin } = JSON.parse(readFileSync(file, "utf8")) as {
      engines: { node: string };
      bin: { signet: string };
    };
    expect(engines.node).toBe(`>=${LEAST_NODE}`);
    expect(bin.signet).toBe("dist/src/cli/entry.js");
  });

  it.each(["../cli/entry.ts", "engine.ts"])(
    "is written in a syntax that an old Node can read: %s",
    (file) => {
      const text = readFileSync(path.join(import.meta.dirname, file), "utf8");
      const code = text.replace(/\/\*[^]*?\*\//g, "");
      expect(code).not.toMatch(/^import\b/m);
      expect(code).not.toMatch(/^await\b|\?\?|\?\.|\|\|=|&&=|#\w+[ =(]|\bstatic \{/m);
    },
  );
});
