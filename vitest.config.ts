import { availableParallelism } from "node:os";
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const PROCESS = "**/*.process.test.ts";
const BROWSER = "test/browser/**/*.test.ts";
const ASSURANCE = "test/assurance/**/*.test.ts";

/** A project for each kind of test, `npm run test:unit` and so on; the path of a file says which it belongs to. */
export default defineConfig({
  test: {
    projects: [
      // No process, and no sockets but those of servers that the test itself starts. Files share a process, and half of
      // their time is spent waiting: two for each core.
      project("unit", {
        include: ["**/*.test.ts"],
        exclude: [PROCESS, BROWSER, ASSURANCE],
        isolate: false,
        maxWorkers: 2 * availableParallelism(),
      }),
      project("process", { include: [PROCESS], sequence: { groupOrder: 1 } }),
      // One file at a time: they measure, and take what the machine has.
      project("browser", { include: [BROWSER], sequence: { groupOrder: 2 }, maxWorkers: 1 }),
      // A few seconds a row; `npm run assure` tries the same in full, from another seed each time.
      project("assurance", { include: [ASSURANCE], sequence: { groupOrder: 2 }, maxWorkers: 1 }),
    ],
  },
});

function project(
  name: string,
  { exclude = [], ...own }: NonNullable<TestProjectInlineConfiguration["test"]>,
): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      exclude: [...configDefaults.exclude, "dist/**", ...exclude],
      maxWorkers: "100%",
      // Child processes (serve, kill -9 rounds) share the cores with the tests: be patient, never timing-dependent.
      testTimeout: 60_000,
      hookTimeout: 120_000,
      // Server and SDK under test speak over real sockets: forks keep their event loops apart.
      pool: "forks",
      ...own,
    },
  };
}
