/** F15: what is installed with Signet: pinned by content, under permitted licenses, without unreviewed scripts. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { figure } from "./figure.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

interface Locked {
  version: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  hasInstallScript?: boolean;
}

const read = (file: string) => JSON.parse(readFileSync(path.join(ROOT, file), "utf8")) as unknown;
const manifest = read("package.json") as Record<"dependencies" | "devDependencies", Record<string, string>>;
const { packages } = read("package-lock.json") as { packages: Record<string, Locked> };
const installed = Object.entries(packages).filter(([name]) => name !== "");
const atRunTime = installed.filter(([, { dev, devOptional }]) => !dev && !devOptional);
const nameOf = (folder: string) => folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);

const LICENSES = ["Apache-2.0", "MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause"];
/** The pinned Node, which fetches its binary; protobufjs, which only prints a warning. Both are for development. */
const WITH_SCRIPTS = ["node", "protobufjs"];

describe("the installed packages (F15)", () => {
  it("are pinned by content and come from a registry", () => {
    const loose = installed.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"));
    const elsewhere = installed.filter(
      ([, { resolved }]) => resolved !== undefined && !resolved.startsWith("https:"),
    );
    expect(loose.map(([name]) => name)).toEqual([]);
    expect(elsewhere.map(([name]) => name)).toEqual([]);
  });

  it("are required by exact versions", () => {
    const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it("have permitted licenses, at run time", (context) => {
    const others = atRunTime.filter(([, { license }]) => !LICENSES.includes(license ?? ""));
    expect(others.map(([name, { license }]) => `${name}: ${license}`)).toEqual([]);
    figure(context, `${atRunTime.length} packages at run time, ${installed.length} in all`);
  });

  it("run only reviewed installation scripts, and the runtime ones none", () => {
    const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(scripted.map(([folder]) => nameOf(folder)).toSorted()).toEqual(WITH_SCRIPTS);
    expect(atRunTime.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  });

  it("are listed completely by `npm run sbom`", () => {
    const text = execFileSync(process.execPath, [path.join(ROOT, "deploy/sbom.ts")], { encoding: "utf8" });
    const { bomFormat, components } = JSON.parse(text) as {
      bomFormat: string;
      components: { purl: string }[];
    };
    const listed = new Set(components.map(({ purl }) => decodeURIComponent(purl)));
    const missing = Object.entries(manifest.dependencies).filter(
      ([name, version]) => !listed.has(`pkg:npm/${name}@${version}`),
    );
    expect(bomFormat).toBe("CycloneDX");
    expect(components).toHaveLength(atRunTime.length);
    expect(missing).toEqual([]);
  });
});
