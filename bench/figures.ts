/** One function a figure. Each measures gateway and yardstick alternately in the same run and gives ratios. */
import { chatBody, closedLoop, connect, openLoop, requestBytes } from "./load.ts";
import type { Mode } from "./proxy.ts";
import {
  CHAT,
  close,
  cpuPer,
  interleaved,
  median,
  MODEL,
  open,
  quantile,
  ratio,
  STREAM,
  UNARY,
  WARM_UP,
  type Effort,
  type Figure,
  type Side,
} from "./sides.ts";
import { startMockUpstream } from "./upstream.ts";

/** What Bedrock is taken to need before its first byte: less than any model does. */
const BEDROCK_MS = 20;

/** Also with metrics and limits on against the same without them. */
export async function p1(effort: Effort): Promise<Figure[]> {
  const cost = await unaryCost(effort, {
    id: "P1",
    what: "CPU per native unary call ÷ yardstick",
    target: 1,
    path: UNARY,
  });
  return [cost, await watchedCost(effort)];
}

/** Two processes of the same program differ by some per cent from start to start: each round is of new ones. */
async function watchedCost({ rounds, scale }: Effort): Promise<Figure> {
  const upstream = await startMockUpstream({ firstByteMs: 0, eventMs: 0, events: 0 });
  const figures: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const sides: Side[] = [];
    for (const mode of ["gateway", "gateway-unwatched"] as const) {
      const side = await open(mode, upstream.origin, UNARY, 32);
      // At once: a gateway closes connections that say nothing for five seconds.
      await closedLoop(side.callers, WARM_UP);
      sides.push(side);
    }
    const calls = 1000 * scale;
    const found = await interleaved(6, sides, (side) =>
      cpuPer(calls, side, () => closedLoop(side.callers, calls)),
    );
    found.forEach((values, side) => figures[side]?.push(median(values)));
    sides.forEach(close);
  }
  upstream.close();
  return {
    id: "P1 on",
    what: "the same with metrics and limits ÷ without",
    value: ratio(figures),
    unit: "×",
    target: 1.05,
    details: { withMicros: median(figures[0] ?? []), withoutMicros: median(figures[1] ?? []) },
  };
}

/** The yardstick relays a request of the same size; the gateway's is translated, there and back. */
export function p2(effort: Effort): Promise<Figure> {
  return unaryCost(effort, {
    id: "P2",
    what: "CPU per call through the OpenAI protocol (chat, 1 KB) ÷ yardstick",
    target: 1.6,
    path: CHAT,
    body: chatBody(MODEL, false),
  });
}

async function unaryCost(
  { rounds, scale }: Effort,
  { id, what, target, path, body }: { id: string; what: string; target: number; path: string; body?: string },
): Promise<Figure> {
  const upstream = await startMockUpstream({ firstByteMs: 0, eventMs: 0, events: 0 });
  const sides = [
    await open("gateway", upstream.origin, path, 32, body),
    await open("yardstick", upstream.origin, UNARY, 32, body),
  ];
  const calls = 4000 * scale;
  // Long enough for the compiler to have done its work: a gateway runs for days.
  for (const { callers } of sides) await closedLoop(callers, WARM_UP * scale);
  const figures = await interleaved(rounds, sides, (side) =>
    cpuPer(calls, side, () => closedLoop(side.callers, calls)),
  );
  sides.forEach(close);
  upstream.close();
  return {
    id,
    what,
    value: ratio(figures),
    unit: "×",
    target,
    details: { gatewayMicros: median(figures[0] ?? []), yardstickMicros: median(figures[1] ?? []) },
  };
}

export async function p3({ rounds, scale }: Effort): Promise<Figure[]> {
  const upstream = await startMockUpstream({ firstByteMs: BEDROCK_MS, eventMs: 0, events: 0 });
  const sides = [
    await open("gateway", upstream.origin, UNARY, 64),
    await open("yardstick", upstream.origin, UNARY, 64),
  ];
  for (const { callers } of sides) await closedLoop(callers, 2000);
  const tails: number[][] = [[], []];
  const middles = await interleaved(rounds, sides, async (side) => {
    const times = await openLoop(side.callers, 200, 5 * scale);
    tails[sides.indexOf(side)]?.push(quantile(times, 0.99));
    return median(times);
  });
  sides.forEach(close);
  upstream.close();
  const figure = (which: string, figures: number[][]): Figure => ({
    id: `P3 ${which}`,
    what: `latency at 200 requests/s, ${which} ÷ yardstick (Bedrock's own: ${BEDROCK_MS} ms)`,
    value: ratio(figures),
    unit: "×",
    target: 1.1,
    details: { gatewayMs: median(figures[0] ?? []), yardstickMs: median(figures[1] ?? []) },
  });
  return [figure("p50", middles), figure("p99", tails)];
}

export async function p4({ rounds, scale }: Effort): Promise<Figure> {
  const upstream = await startMockUpstream({ firstByteMs: BEDROCK_MS, eventMs: 1, events: 5 });
  const sides = [
    await open("gateway", upstream.origin, STREAM, 8),
    await open("gateway-not-waiting", upstream.origin, STREAM, 8),
  ];
  const firstBytes = async ({ callers }: Side) => {
    const times: number[] = [];
    await Promise.all(
      callers.map(async (caller) => {
        for (let i = 0; i < 20 * scale; i++) times.push((await caller.call()).firstByteMs);
      }),
    );
    return median(times);
  };
  for (const side of sides) await firstBytes(side);
  const [waiting = [], not = []] = await interleaved(rounds, sides, firstBytes);
  sides.forEach(close);
  upstream.close();
  return {
    id: "P4",
    what: "time to first byte of a stream, added by waiting for the intent (Bedrock's own first byte: 20 ms)",
    value: median(waiting.map((value, round) => value - (not[round] ?? Number.NaN))),
    unit: "ms",
    target: 0.5,
    details: { waitingMs: median(waiting), notWaitingMs: median(not) },
  };
}

const OPEN_STREAMS = 200;

export function p5(effort: Effort): Promise<Figure> {
  return eventCost(effort, {
    id: "P5",
    what: `CPU per event of a native stream, ${OPEN_STREAMS} open at once ÷ yardstick relaying the same bytes`,
    target: 1,
    path: STREAM,
  });
}

export function p6(effort: Effort): Promise<Figure> {
  return eventCost(effort, {
    id: "P6",
    what: `CPU per event translated to OpenAI SSE, ${OPEN_STREAMS} open at once ÷ yardstick relaying Bedrock's bytes`,
    target: 1.4,
    path: CHAT,
    body: chatBody(MODEL, true),
  });
}

async function eventCost(
  { rounds, scale }: Effort,
  { id, what, target, path, body }: { id: string; what: string; target: number; path: string; body?: string },
): Promise<Figure> {
  const events = 60;
  const streams = OPEN_STREAMS;
  const upstream = await startMockUpstream({ firstByteMs: 5, eventMs: 10, events });
  const sides = [
    await open("gateway", upstream.origin, path, streams, body),
    await open("yardstick", upstream.origin, STREAM, streams, body),
  ];
  const work = ({ callers }: Side) => closedLoop(callers, streams * 2 * scale);
  for (const side of sides) await work(side);
  const figures = await interleaved(rounds, sides, (side) =>
    cpuPer(streams * 2 * scale * events, side, () => work(side)),
  );
  sides.forEach(close);
  upstream.close();
  return {
    id,
    what,
    value: ratio(figures),
    unit: "×",
    target,
    details: { gatewayMicros: median(figures[0] ?? []), yardstickMicros: median(figures[1] ?? []) },
  };
}

export async function p7(): Promise<Figure> {
  const streams = 1000;
  const upstream = await startMockUpstream({ firstByteMs: 5, eventMs: 100, events: 80 });
  const memory = async (mode: Mode) => {
    const side = await open(mode, upstream.origin, STREAM, 50);
    await closedLoop(side.callers, 50);
    const before = await side.proxy.memory();
    const request = requestBytes(new URL(side.proxy.url).host, STREAM, side.proxy.token);
    // Each on a connection of its own, whose memory counts as well.
    const callers = await Promise.all(
      Array.from({ length: streams }, () => connect(side.proxy.url, request)),
    );
    side.callers.push(...callers);
    const running = Promise.all(callers.map((caller) => caller.call()));
    await new Promise((resolve) => void setTimeout(resolve, 4000));
    const during = await side.proxy.memory();
    await running;
    close(side);
    return (during.rss - before.rss) / streams / 1024;
  };
  const gateway = await memory("gateway");
  const yardstick = await memory("yardstick");
  upstream.close();
  return {
    id: "P7",
    what: "memory per open stream, 1,000 at once, plain upstream",
    value: gateway,
    unit: "KiB",
    target: 40,
    details: { gatewayKiB: gateway, yardstickKiB: yardstick },
  };
}
