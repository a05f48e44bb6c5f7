import { expect, it } from "vitest";
import { figure, tries } from "./figure.ts";
import { faultsOf, soak } from "./soak.ts";

it("mixed traffic leaves a complete log, no unexpected errors and no growth (F13)", async (context) => {
  const seconds = tries(8, 60);
  const soaked = await soak(seconds, { everySeconds: seconds / 8 });
  expect(faultsOf(soaked)).toEqual([]);
  expect(soaked.calls).toBeGreaterThan(100);
  const last = soaked.samples.at(-1);
  figure(context, `${soaked.calls} calls in ${seconds} s, ${last?.rss} MiB, lag p99 ${last?.lagMs} ms`);
});
