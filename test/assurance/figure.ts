/** How a test tells what it measured, and how hard it is to try. */
import { inject, type TestContext } from "vitest";
import type { Parameters as FcParameters } from "fast-check";

declare module "vitest" {
  interface TaskMeta {
    figures?: string[];
  }
  interface ProvidedContext {
    /** Whether every row is tried in full; a few seconds a row otherwise. */
    thorough: boolean;
    seed: number;
  }
}

/** Shows in the row's line of `npm run assure`. */
export function figure({ task }: Pick<TestContext, "task">, text: string): void {
  (task.meta.figures ??= []).push(text);
}

/** The first in `npm test`, the second in `npm run assure`. */
export function tries(few: number, many: number): number {
  return inject("thorough") ? many : few;
}

/** For `fc.assert`: so many cases, from a seed that is told. Repeat a run with `npm run assure -- --seed`. */
export function cases<T>(context: Pick<TestContext, "task">, few: number, many: number): FcParameters<T> {
  const seed = inject("seed");
  const numRuns = tries(few, many);
  figure(context, `${numRuns.toLocaleString("en")} cases, seed ${seed}`);
  return { numRuns, seed };
}
