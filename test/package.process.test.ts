/** What is published: it installs, embeds with types, and runs, with its dependencies alone. */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { packAndInstall, type Packed } from "./support/packed.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TSC = path.resolve(import.meta.dirname, "../node_modules/typescript/bin/tsc");

let packed: Packed;
beforeAll(() => {
  packed = packAndInstall();
});
afterAll(() => packed.remove());

function run(...args: string[]) {
  const { project: cwd } = packed;
  const env = { PATH: process.env["PATH"] ?? "" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

const signet = (...args: string[]) => run(path.join(packed.folder, packed.manifest.bin.signet), ...args);

const PROGRAM = `
import { ConfigError, serve, type Served, type SettingsInput } from "signet-gateway";

const settings: SettingsInput = {
  data: "data",
  listen: { port: 0 },
  admin: { port: 0 },
  log: { level: "error" },
};
const served: Served = await serve({ settings });
const health = await fetch(served.url + "/healthz");
const page = await fetch(served.admin);
console.log(health.status, (await health.text()).trim(), page.status, page.headers.get("content-type"));
await served.close(1);

// @ts-expect-error: there is no such setting
const misspelled: SettingsInput = { listen: { prot: 1 } };
const refusal: unknown = await serve({ settings: misspelled }).catch((error: unknown) => error);
if (refusal instanceof ConfigError) console.log(refusal.message);
`;

const TSCONFIG = {
  compilerOptions: {
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    // Not even Node's types are needed.
    types: [],
  },
  files: ["program.ts"],
};

describe("the packed package", () => {
  it("can be embedded in a program that type-checks against it, serves, and exits by itself once it is closed", () => {
    const write = (name: string, text: string) => writeFileSync(path.join(packed.project, name), text);
    write("package.json", JSON.stringify({ type: "module" }));
    write("tsconfig.json", JSON.stringify(TSCONFIG));
    write("program.ts", PROGRAM);
    expect(run(TSC)).toEqual({ status: 0, out: "", err: "" });
    expect(run("program.ts")).toEqual({
      status: 0,
      out: "200 ok 200 text/html; charset=utf-8\nsettings: listen.prot: no such setting; did you mean port?\n",
      err: "",
    });
    expect(existsSync(path.join(packed.project, "data/signet.db"))).toBe(true);
  });

  it("has the command", () => {
    expect(signet("--version")).toEqual({ status: 0, out: `${packed.manifest.version}\n`, err: "" });
  });

  it("has the demo, which reports the SDKs that aren't included", () => {
    const { status, out, err } = signet("demo", "--exit");
    expect([status, err]).toEqual([0, ""]);
    for (const name of ["openai", "@anthropic-ai/sdk", "@google/genai"])
      expect(out).toContain(`npm install ${name}`);
  });
});
