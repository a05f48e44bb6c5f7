/** What the figures share: a process under measurement with its callers, and ratios of rounds that alternate. */
import { connect, requestBytes, type Caller } from "./load.ts";
import { startProxy, type Proxy } from "./child.ts";
import type { Mode } from "./proxy.ts";

export interface Figure {
  id: string;
  what: string;
  /** What the figure is judged by, in `unit`. */
  value: number;
  unit: string;
  target: number;
  /** Absolute figures behind it; they hold for this machine and hour only. */
  details: Record<string, number>;
}

export interface Effort {
  rounds: number;
  /** Multiplies the number of calls. */
  scale: number;
}

/** Calls before the first round. */
export const WARM_UP = 15_000;

export const MODEL = "us.anthropic.claude-3-5-haiku-20241022-v1:0";
export const UNARY = `/model/${encodeURIComponent(MODEL)}/converse`;
export const STREAM = `${UNARY}-stream`;
export const CHAT = "/v1/chat/completions";

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

export interface Side {
  proxy: Proxy;
  callers: Caller[];
}

export async function open(
  mode: Mode,
  origin: string,
  path: string,
  connections: number,
  body?: string,
  keys?: number,
): Promise<Side> {
  const proxy = await startProxy(mode, origin, keys);
  const request = requestBytes(new URL(proxy.url).host, path, proxy.token, body);
  const callers = await Promise.all(Array.from({ length: connections }, () => connect(proxy.url, request)));
  return { proxy, callers };
}

export function close({ proxy, callers }: Side): void {
  for (const caller of callers) caller.close();
  proxy.stop();
}

/** CPU microseconds of the proxy process for each of `units` that `work` makes it do. */
export async function cpuPer(units: number, { proxy }: Side, work: () => Promise<unknown>): Promise<number> {
  const before = await proxy.usage();
  await work();
  return ((await proxy.usage()).cpu - before.cpu) / units;
}

/** Runs `measure` on both sides alternately; the order changes from round to round. */
export async function interleaved(
  rounds: number,
  sides: Side[],
  measure: (side: Side) => Promise<number>,
): Promise<number[][]> {
  const figures: number[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = sides.map((_, index) => (index + round) % sides.length);
    for (const index of order) {
      const side = sides[index];
      if (side) figures[index]?.push(await measure(side));
    }
  }
  return figures;
}

/** The median of the rounds' own ratios: drift between rounds cancels out. */
export function ratio([ours = [], theirs = []]: number[][]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}
