/** The package as `npm pack` makes it, unpacked beside its dependencies and nothing else. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** What packing doesn't read, or creates itself. */
const LEFT_OUT = new Set([".git", "node_modules", "dist", "test", "bench"]);

export interface Packed {
  /** A project that has the package installed. */
  project: string;
  /** The package's folder in it. */
  folder: string;
  manifest: Manifest;
  remove(): void;
}

interface Manifest {
  version: string;
  bin: { signet: string };
  dependencies: Record<string, string>;
}

/** Packs a copy of the sources: the checkout's own build is not touched. */
export function packAndInstall(): Packed {
  const temporary = mkdtempSync(path.join(tmpdir(), "signet-packed-"));
  const sources = path.join(temporary, "sources");
  cpSync(ROOT, sources, { recursive: true, filter: (file) => !LEFT_OUT.has(path.basename(file)) });
  const modules = path.join(ROOT, "node_modules");
  symlinkSync(modules, path.join(sources, "node_modules"));
  execFileSync("npm", ["pack", "--pack-destination", temporary], { cwd: sources, stdio: "pipe" });

  const manifest = JSON.parse(readFileSync(path.join(sources, "package.json"), "utf8")) as Manifest;
  const project = path.join(temporary, "project");
  const folder = path.join(project, "node_modules/signet-gateway");
  mkdirSync(folder, { recursive: true });
  const tarball = path.join(temporary, `signet-gateway-${manifest.version}.tgz`);
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  for (const name of Object.keys(manifest.dependencies)) {
    const link = path.join(project, "node_modules", name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(modules, name), link);
  }
  return {
    project,
    folder,
    manifest,
    remove: () => rmSync(temporary, { recursive: true, force: true }),
  };
}
