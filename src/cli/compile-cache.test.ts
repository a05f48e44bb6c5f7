import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachesOf, privateFolder } from "./compile-cache.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "signet-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("the folder of compiled code", () => {
  it("is created for its user only, with the cache folder if there is none", () => {
    const caches = path.join(home, ".cache");
    expect(privateFolder(caches)).toBe(path.join(caches, "signet"));
    expect([caches, path.join(caches, "signet")].map((folder) => statSync(folder).mode & 0o777)).toEqual([
      0o700, 0o700,
    ]);
    expect(privateFolder(caches)).toBe(path.join(caches, "signet"));
  });

  it("is not used if others can read or write it", () => {
    mkdirSync(path.join(home, "signet"));
    for (const mode of [0o750, 0o705, 0o777]) {
      chmodSync(path.join(home, "signet"), mode);
      expect(privateFolder(home)).toBeUndefined();
    }
  });

  it("is not used, or created, where others can replace it", () => {
    chmodSync(home, 0o777);
    expect(privateFolder(home)).toBeUndefined();
    expect(privateFolder(path.join(home, ".cache"))).toBeUndefined();
    expect(() => statSync(path.join(home, "signet"))).toThrow("ENOENT");
    expect(() => statSync(path.join(home, ".cache"))).toThrow("ENOENT");
  });

  it("is not used through a link", () => {
    mkdirSync(path.join(home, "elsewhere"), { mode: 0o700 });
    symlinkSync(path.join(home, "elsewhere"), path.join(home, "signet"));
    expect(privateFolder(home)).toBeUndefined();
  });

  it("is absent if there is no home", () => {
    expect(privateFolder(path.join(home, "missing", ".cache"))).toBeUndefined();
  });

  it("is absent for a user without a home", () => {
    const homeless = () => {
      throw new Error("uv_os_homedir returned ENOENT");
    };
    expect(cachesOf({}, homeless)).toBeUndefined();
    expect(cachesOf({ XDG_CACHE_HOME: "/var/cache/a" }, homeless)).toBe("/var/cache/a");
  });
});
