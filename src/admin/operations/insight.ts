/** Calls at a glance: overview, usage, live events. */
import { z } from "zod";
import { pause } from "../../core/clock.ts";
import { USAGE_BY, type IndexedCall, type UsageQuery } from "../../call-index/types.ts";
import { serverOperation, streamOperation, type ServerParts } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { pageOf } from "../views/common.ts";
import { eventView, overviewView, usageView } from "../views/usage.ts";

const moment = z.coerce
  .number<number>("must be epoch milliseconds")
  .int("must be epoch milliseconds")
  .nonnegative();
const YEARS = 5 * 366 * 86_400_000;

const period = z
  .strictObject({ since: moment, until: moment })
  .refine(({ since, until }) => since < until && until - since <= YEARS, {
    error: "must be after since, by at most five years",
    path: ["until"],
  });

export const overview = serverOperation(
  {
    id: "overview",
    method: "GET",
    path: "/overview",
    role: "viewer",
    summary: "Calls, tokens, cost, errors and latency of a period, and the gateway's current state.",
    query: period,
    result: overviewView,
  },
  async ({ insight, gateway, store }, { query }) => {
    const [seen, { behindMs }, delegations] = await Promise.all([
      insight.overview(query),
      insight.state(),
      store.delegations.list(),
    ]);
    const states = { pending: 0, active: 0, suspended: 0, revoked: 0 };
    for (const { state } of delegations) states[state]++;
    const { running, sessions: held } = gateway.status();
    const sessions = held
      .toSorted((a, b) => a.expiresAt - b.expiresAt)
      .map((each) => ({ ...each, expiresAt: Number.isFinite(each.expiresAt) ? each.expiresAt : null }));
    return { ...seen, sessions, running, states, behindMs };
  },
);

export const usage = serverOperation(
  {
    id: "usage",
    method: "GET",
    path: "/usage",
    role: "viewer",
    summary: "Calls, tokens and cost of a period by client, delegation, model, key or project.",
    query: z
      .strictObject({
        since: moment,
        until: moment,
        by: z.enum(USAGE_BY, `must be one of ${USAGE_BY.join(", ")}`),
        client: z.string().exactOptional(),
        delegation: z.string().exactOptional(),
        model: z.string().exactOptional(),
        key: z.string().exactOptional(),
        project: z.string().exactOptional(),
      })
      .refine(({ since, until }) => since < until && until - since <= YEARS, {
        error: "must be after since, by at most five years",
        path: ["until"],
      }),
    result: usageView,
  },
  ({ insight }, { query }) => insight.usage(query satisfies UsageQuery),
);

export const events = serverOperation(
  {
    id: "events",
    method: "GET",
    path: "/events",
    role: "viewer",
    summary: "List the events reported since startup, latest first.",
    query: pageQuery,
    result: pageOf(eventView),
  },
  async ({ gateway }, { query }) => page(gateway.events(), query, ({ id }) => id),
);

export const live = streamOperation({
  id: "live",
  method: "GET",
  path: "/live",
  role: "viewer",
  summary: "Server-sent events: each call as it ends.",
  query: z.strictObject({}),
  contentType: () => "text/event-stream",
  run: (parts, _asked, signal) => liveCalls(parts, signal),
});

/** A reader that is too slow misses calls rather than holding them in memory. */
const HELD = 200;
const PING_MS = 15_000;

async function* liveCalls({ insight, clock }: ServerParts, signal: AbortSignal): AsyncGenerator<string> {
  const held: IndexedCall[] = [];
  let wake: (() => void) | undefined;
  const following = insight.follow((call) => {
    if (held.length === HELD) held.shift();
    held.push(call);
    wake?.();
  });
  const onAbort = () => wake?.();
  signal.addEventListener("abort", onAbort);
  try {
    yield ": connected\n\n";
    while (!signal.aborted) {
      for (const call of held.splice(0)) yield `data: ${JSON.stringify(call)}\n\n`;
      const silent = await Promise.race([
        new Promise<false>((resolve) => {
          wake = () => resolve(false);
          if (held.length > 0 || signal.aborted) resolve(false);
        }),
        pause(clock, PING_MS, { unref: true }).then(() => true),
      ]);
      if (silent) yield ": ping\n\n";
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    following.stop();
  }
}
