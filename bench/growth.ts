/** P9: what a call costs with 100,000 keys, against 10. */
import { closedLoop } from "./load.ts";
import {
  close,
  cpuPer,
  interleaved,
  median,
  open,
  ratio,
  UNARY,
  WARM_UP,
  type Effort,
  type Figure,
  type Side,
} from "./sides.ts";
import { startMockUpstream } from "./upstream.ts";

export async function p9({ rounds, scale }: Effort): Promise<Figure> {
  const upstream = await startMockUpstream({ firstByteMs: 0, eventMs: 0, events: 0 });
  const sides: Side[] = [];
  for (const keys of [100_000, 10]) {
    const side = await open("gateway", upstream.origin, UNARY, 32, undefined, keys);
    await closedLoop(side.callers, WARM_UP);
    sides.push(side);
  }
  const calls = 2000 * scale;
  const figures = await interleaved(rounds, sides, (side) =>
    cpuPer(calls, side, () => closedLoop(side.callers, calls)),
  );
  sides.forEach(close);
  upstream.close();
  return {
    id: "P9",
    what: "CPU per call with 100,000 keys ÷ with 10",
    value: ratio(figures),
    unit: "×",
    target: 1.1,
    details: { manyMicros: median(figures[0] ?? []), fewMicros: median(figures[1] ?? []) },
  };
}
