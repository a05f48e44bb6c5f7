import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "sandbox/**/*.test.ts",
      "bench/**/*.test.ts",
      "test/**/*.test.ts",
      "console/src/**/*.test.ts",
    ],
    // Child processes (serve, kill -9 rounds) share two cores with the tests: be patient, never timing-dependent.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Server and SDK under test speak over real sockets: forks keep their event loops apart.
    pool: "forks",
    // `npm run assure` tries the same in full, from another seed each time.
    provide: { thorough: false, seed: 1 },
  },
});
