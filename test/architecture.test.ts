/** The import rules of ARCHITECTURE.md, as a test: an import that points up is named with the reason. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { PROTOCOLS } from "../src/protocols/registry.ts";

const root = path.resolve(import.meta.dirname, "..");

/** A folder may import folders of a lower layer, and itself. */
const LAYERS: Record<string, number> = {
  core: 0,
  sigv4: 1,
  eventstream: 1,
  iam: 1,
  bedrock: 1,
  config: 1,
  store: 1,
  limits: 1,
  proxy: 1,
  audit: 2,
  prices: 2,
  credentials: 2,
  registry: 2,
  directory: 2,
  protocols: 2,
  usage: 2,
  upstream: 2,
  http: 3,
  flashback: 3,
  "bedrock-key": 3,
  "call-index": 3,
  notify: 3,
  observe: 3,
  probes: 3,
  gateway: 4,
  admin: 5,
  server: 6,
  cli: 7,
  // The package's public interface.
  "index.ts": 7,
};

/** Leaves know nothing but the core and Node. */
const LEAVES = new Set(["core", "sigv4", "eventstream", "iam", "bedrock"]);

interface Import {
  file: string;
  folder: string;
  specifier: string;
  /** The folder of `src/` that is imported; undefined for packages, Node and the sandbox. */
  target: string | undefined;
}

function importsBelow(pattern: string): Import[] {
  return globSync(pattern, { cwd: root })
    .filter((file) => !file.endsWith(".test.ts") && !path.basename(file).startsWith("contract"))
    .flatMap((file) => {
      const text = readFileSync(path.join(root, file), "utf8");
      const found = text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g);
      return [...found].map(([, specifier = ""]) => {
        const resolved = path.relative(root, path.resolve(root, path.dirname(file), specifier));
        const target =
          specifier.startsWith(".") && resolved.startsWith("src/") ? resolved.split("/")[1] : undefined;
        return { file, folder: file.split("/")[1] ?? "", specifier, target };
      });
    });
}

const imports = importsBelow("src/**/*.ts");

describe("imports", () => {
  it("were found in every folder that has a layer", () => {
    expect(new Set(imports.map(({ folder }) => folder))).toEqual(
      new Set(
        Object.keys(LAYERS)
          .filter((f) => f !== "core")
          .concat("core"),
      ),
    );
  });

  it("point down only", () => {
    const up = imports.filter(
      ({ folder, target }) =>
        target !== undefined && target !== folder && (LAYERS[target] ?? 99) >= (LAYERS[folder] ?? -1),
    );
    expect(
      up.map(
        ({ file, specifier }) => `${file} imports ${specifier}: ${LAYERS[file.split("/")[1] ?? ""]} → up`,
      ),
    ).toEqual([]);
  });

  it("of Flashback are only in the server and its own commands: it follows keys by a hook", () => {
    const importers = imports.filter(({ folder, target }) => target === "flashback" && folder !== target);
    expect(new Set(importers.map(({ file }) => file))).toEqual(
      new Set(["src/server/key-holders.ts", "src/cli/flashback.ts", "src/cli/flashback-key.ts"]),
    );
  });

  it("of the leaves are only Node's own modules and src/core", () => {
    const foreign = imports.filter(
      ({ folder, specifier }) =>
        LEAVES.has(folder) && !specifier.startsWith(".") && !specifier.startsWith("node:"),
    );
    expect(foreign.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("of the protocols do no I/O", () => {
    const io = imports.filter(
      ({ folder, specifier }) => folder === "protocols" && !specifier.startsWith("."),
    );
    expect(io.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("of one protocol never include another", () => {
    const across = imports.filter(({ file, folder, specifier }) => {
      const [, , own = "", ...rest] = file.split("/");
      const other = path.join(path.dirname(file), specifier).split("/")[2] ?? "";
      return folder === "protocols" && rest.length > 0 && other !== own && !other.endsWith(".ts");
    });
    const foreign = across.filter(({ target }) => target === "protocols");
    expect(foreign.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("on the request line include no protocol by name: it knows them by the registry", () => {
    const named = imports.filter(
      ({ folder, file, specifier }) =>
        (folder === "gateway" || folder === "http") &&
        /^src\/protocols\/[^/]+\//.test(path.join(path.dirname(file), specifier)),
    );
    expect(named.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("of packages on the request line are only undici, besides the parts of the SDK that load on demand", () => {
    const line = imports.filter(
      ({ folder, specifier }) =>
        ["gateway", "http", "upstream", "directory", "usage", "credentials"].includes(folder) &&
        /^[a-z@]/.test(specifier) &&
        !specifier.startsWith("node:"),
    );
    expect([...new Set(line.map(({ specifier }) => specifier))].toSorted()).toEqual([
      "@aws-sdk/client-kms",
      "@aws-sdk/client-sts",
      "@aws-sdk/credential-providers",
      "@smithy/node-http-handler",
      "undici",
    ]);
  });

  it("of the facts include nothing but facts: they are data", () => {
    const foreign = importsBelow("facts/**/*.ts").filter(
      ({ specifier }) => !/^(?:\.\/|node:)/.test(specifier),
    );
    expect(foreign.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("of the sandbox include nothing of Signet: it implements AWS's rules on its own", () => {
    const known = importsBelow("sandbox/**/*.ts").filter(({ target }) => target !== undefined);
    expect(known.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });
});

describe("the start of a command", () => {
  it("loads no facts: commands that need the catalogue or the prices import them when they run", () => {
    const loaded = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      const text = readFileSync(path.join(root, file), "utf8");
      for (const [, specifier = ""] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)"/gm))
        load(path.join(path.dirname(file), specifier));
    };
    load("src/cli/program.ts");
    expect(loaded.size).toBeGreaterThan(50);
    expect([...loaded].filter((file) => file.startsWith("facts/"))).toEqual([]);
  });
});

describe("a protocol's name", () => {
  it("is in no code of the request line", () => {
    const names = PROTOCOLS.map(({ name }) => name).filter((name) => name !== "bedrock");
    const named = globSync("src/{gateway,http}/**/*.ts", { cwd: root })
      .filter((file) => !file.endsWith(".test.ts"))
      .filter((file) => {
        const text = readFileSync(path.join(root, file), "utf8");
        return names.some((name) => text.includes(`"${name}"`)) || /\.protocol\.name ===/.test(text);
      });
    expect(named).toEqual([]);
  });
});

describe("the environment", () => {
  it("is read only in src/config and the command line's entry", () => {
    const readers = globSync("src/**/*.ts", { cwd: root })
      .filter(
        (file) =>
          !file.endsWith(".test.ts") &&
          !file.startsWith("src/config/") &&
          !["src/cli/entry.ts", "src/cli/main.ts"].includes(file),
      )
      .filter((file) => readFileSync(path.join(root, file), "utf8").includes("process.env"));
    expect(readers).toEqual([]);
  });
});

describe("the time", () => {
  it("comes from the Clock or a parameter: no Date without arguments", () => {
    // The linter forbids Date.now and bare timers; it has no rule for these two.
    const own = new Set(["src/core/clock.ts", "sandbox/clock.ts"]);
    const undated = ["src/**/*.ts", "sandbox/**/*.ts", "console/src/**/*.{ts,tsx}"]
      .flatMap((pattern) => globSync(pattern, { cwd: root }))
      .filter((file) => !file.endsWith(".test.ts") && !own.has(file))
      .filter((file) => /\bDate\(\s*\)|\bnew Date\b(?!\()/.test(readFileSync(path.join(root, file), "utf8")))
      .map((file) => `${file} reads the machine's time: take it from a Clock`);
    expect(undated).toEqual([]);
  });
});

describe("a unit test", () => {
  it("starts no process: a test that does is named *.process.test.ts", () => {
    const starts = /from "(?:node:child_process|node:cluster|.*\/support\/(?:process|proxies|served)\.ts)"/;
    const tests = globSync("{src,sandbox,bench,console/src,test}/**/*.test.ts", { cwd: root }).filter(
      (file) => !file.endsWith(".process.test.ts") && !/^test\/(?:browser|assurance)\//.test(file),
    );
    expect(tests.filter((file) => starts.test(readFileSync(path.join(root, file), "utf8")))).toEqual([]);
  });
});
