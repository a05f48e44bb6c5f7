/** The JavaScript programs of docs/clients/*.md, run unchanged, print what the pages show. */
import { execFile } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { newWorld, type World } from "./support/world.ts";

vi.setConfig({ testTimeout: 120_000 });

const root = path.resolve(import.meta.dirname, "..");
/** Inside the checkout, so that its packages are found; beside no source. */
const folder = path.join(root, "node_modules", ".cache", "signet-guides");

interface Program {
  page: string;
  number: number;
  code: string;
  env: Record<string, string>;
  output: string;
}

const KEPT = /^(?:PATH|LD_PRELOAD|FAKETIME.*)$/;

let world: World;
let pair: { accessKeyId: string; secretAccessKey: string };
beforeAll(async () => {
  world = await newWorld();
  pair = await world.newPair();
  mkdirSync(folder, { recursive: true });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Each program with the settings before it on its page and the output after it. */
function programsOf(file: string): Program[] {
  const page = path.basename(file, ".md");
  const programs: Program[] = [];
  let env: Record<string, string> = {};
  let before = "";
  for (const [, language = "", text = ""] of readFileSync(file, "utf8").matchAll(/```(\w+)\n(.*?)```/gs)) {
    if (language === "sh") {
      const unset = new Set([...text.matchAll(/^unset (\w+)/gm)].map(([, name]) => name));
      env = Object.fromEntries(Object.entries(env).filter(([name]) => !unset.has(name)));
      for (const [, name = "", value = ""] of text.matchAll(/^export (\w+)=(\S*)/gm)) env[name] = value;
    } else if (language === "js")
      programs.push({ page, number: programs.length + 1, code: text, env: { ...env }, output: "" });
    else if (language === "text" && before === "js") programs.at(-1)!.output = text;
    before = language;
  }
  return programs;
}

const programs = globSync("docs/clients/*.md", { cwd: root })
  .toSorted()
  .flatMap((file) => programsOf(path.join(root, file)));

async function run({ page, number, code, env }: Program): Promise<string> {
  const file = path.join(folder, `${page}-${number}.mjs`);
  writeFileSync(file, code);
  const own = Object.entries(env).map(([name, value]) => [
    name,
    value
      .replace("http://127.0.0.1:8787", world.gateway.url)
      .replace("sgk_…", world.token)
      .replace("SGNT…", pair.accessKeyId)
      .replace(/^…$/, pair.secretAccessKey),
  ]);
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    // With the same time, if it is another than the machine's.
    env: Object.fromEntries([...Object.entries(process.env).filter(([name]) => KEPT.test(name)), ...own]),
  });
  return stdout;
}

describe("the guides' programs", () => {
  it("exist, each with its output", () => {
    expect(programs.length).toBeGreaterThanOrEqual(11);
    expect(programs.filter(({ output }) => output === "")).toEqual([]);
  });

  it.each(programs.map((program) => [`${program.page} ${program.number}`, program] as const))(
    "%s prints what its page says",
    async (_, program) => {
      expect(await run(program)).toBe(program.output);
    },
  );
});
