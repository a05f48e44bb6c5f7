/** Debian's programs that some tests attack with, or that proxy for them. A test reports one that is missing. */
import { existsSync } from "node:fs";
import { expect, type TestContext } from "vitest";
import { figure } from "../assurance/figure.ts";

/** Its path, if it exists. */
export function installed(program: string): string[] {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/bin"];
  return folders
    .map((folder) => `${folder}/${program}`)
    .filter((file) => existsSync(file))
    .slice(0, 1);
}

/** For a test that reports what is missing: fine on a developer's machine, a failure if CI is set. */
export function reportAbsent(context: TestContext, program: string, debianPackage = program): void {
  reportMissing(context, `${program} is absent: apt-get install ${debianPackage}`);
}

/** The same for programs of Python's. */
export function reportUninstalled(context: TestContext, program: string): void {
  reportMissing(context, `${program} is absent: pip install -r .ci/requirements.txt`);
}

/** What CI can't install either is only reported. */
export function reportUnavailable(context: Pick<TestContext, "task">, said: string): void {
  process.stderr.write(`WARNING: ${said}\n`);
  figure(context, said);
}

function reportMissing(context: TestContext, said: string): void {
  reportUnavailable(context, said);
  expect(process.env["CI"], said).toBeUndefined();
}
