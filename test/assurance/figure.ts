/** How a test reports what it measured, and how thorough it should be. */
import { inject, type TestContext } from "vitest";
import type { Parameters as FcParameters } from "fast-check";

declare module "vitest" {
  interface TaskMeta {
    figures?: string[];
  }
  interface ProvidedContext {
    /** Set by `npm run assure`: whether every row is tested in full, and the seed; otherwise a few seconds per row, seed 1. */
    assure?: { thorough: boolean; seed: number };
  }
}

/** Shown in the row's line of `npm run assure`. */
export function figure({ task }: Pick<TestContext, "task">, text: string): void {
  (task.meta.figures ??= []).push(text);
}

/** The first in `npm test`, the second in `npm run assure`. */
export function tries(few: number, many: number): number {
  return inject("assure")?.thorough ? many : few;
}

/** For `fc.assert`: the number of cases, and a seed that is reported. Repeat a run with `npm run assure -- --seed`. */
export function cases<T>(context: Pick<TestContext, "task">, few: number, many: number): FcParameters<T> {
  const { seed = 1 } = inject("assure") ?? {};
  const numRuns = tries(few, many);
  figure(context, `${numRuns.toLocaleString("en")} cases, seed ${seed}`);
  return { numRuns, seed };
}
