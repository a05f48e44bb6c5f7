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
  const said = `${program} is absent: apt-get install ${debianPackage}`;
  process.stderr.write(`WARNING: ${said}\n`);
  figure(context, said);
  expect(process.env["CI"], said).toBeUndefined();
}
