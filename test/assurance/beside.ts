/** An honest caller during an attack, and the memory of the attacked process. */
import { readFileSync } from "node:fs";
import { pathOf } from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import type { Served } from "../support/served.ts";

interface Honest {
  /** Ends the calls; returns their number, and what was wrong. */
  end(): Promise<{ calls: number; wrong: string[]; slowestMs: number }>;
}

/** Sends one call after the other, each on its own connection, until it is stopped. */
function honestCaller(served: Served): Honest {
  const wrong: string[] = [];
  let calls = 0;
  let slowestMs = 0;
  const stop = new AbortController();
  const call = async () => {
    const text = `honest ${calls++}`;
    const began = performance.now();
    const answer = await converse(served, text);
    slowestMs = Math.max(slowestMs, performance.now() - began);
    if (answer.status !== 200 || !answer.body.includes(`You said: ${text}`))
      wrong.push(`${text}: ${answer.status} ${answer.body.slice(0, 80)}`);
  };
  const calling = (async () => {
    while (!stop.signal.aborted) await call();
    await call();
  })();
  return {
    async end() {
      stop.abort();
      await calling;
      return { calls, wrong, slowestMs };
    },
  };
}

function converse(served: Served, text: string) {
  const headers = [`x-api-key: ${served.token}`, "connection: close"];
  return raw(served.serving.url, request({ path: pathOf("converse"), headers, body: converseBody(text) }));
}

export interface Beside<T> {
  result: T;
  /** What was wrong with honest calls in the meantime. */
  wrong: string[];
  report: string;
}

/** Sends honest calls during other work. */
export async function beside<T>(served: Served, work: () => Promise<T>): Promise<Beside<T>> {
  const honest = honestCaller(served);
  const result = await work();
  const { calls, wrong, slowestMs } = await honest.end();
  return {
    result,
    wrong,
    report: `${calls} concurrent honest calls, each within ${Math.ceil(slowestMs)} ms`,
  };
}

/** Megabytes of memory that the process holds. */
export function residentMb({ serving }: Served): number {
  const status = readFileSync(`/proc/${serving.child.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
