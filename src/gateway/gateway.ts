/** Starts the request line: puts its parts together, follows the store's changes, and ends it in good order. */
import type { Audit } from "../audit/types.ts";
import type { Clock } from "../core/clock.ts";
import { asSignetError } from "../core/errors.ts";
import { createBroker } from "../credentials/broker.ts";
import { awsCredentialSource, type CredentialSource } from "../credentials/sts.ts";
import type { Store } from "../store/store.ts";
import { createDirectory } from "./directory.ts";
import { createFlights } from "./flight.ts";
import type { Line, LineSettings, Log } from "./line.ts";
import { listen, type ListenSettings } from "./listen.ts";
import { handle } from "./pipeline.ts";
import { createPlaces } from "./places.ts";
import { reasonOf } from "./reason.ts";
import { sendAnswer, sendError } from "./respond.ts";
import { createRetryBudget } from "./retry.ts";
import { createSigningClock } from "./signing-clock.ts";
import type { Exchange } from "./types.ts";
import { createUpstream } from "./upstream.ts";

export interface GatewayParts {
  listen: ListenSettings;
  settings: LineSettings;
  store: Store;
  audit: Audit;
  clock: Clock;
  log: Log;
  /** Where AWS credentials come from; AWS's default chain and STS unless given. */
  credentials?: CredentialSource;
}

export interface Gateway {
  /** `http://127.0.0.1:8787`: what callers put in as their endpoint. */
  readonly url: string;
  /**
   * Ends in good order: refuses new calls, lets running ones finish for at most `seconds`, cuts the rest. The
   * store and the audit log stay open: they belong to whoever opened them.
   */
  close(seconds?: number): Promise<void>;
}

const SWEEP_MS = 1_000;
/** Calls that were cut end at once; one that waits for STS is not waited for any longer. */
const CUT_MS = 2_000;

export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { settings, store, clock } = parts;
  const line = newLine(parts);
  const follower = await followStore(line, store);
  const sweep = setInterval(() => {
    line.flights.cutOverdue(performance.now());
    line.flights.cutUnusable(line.directory, clock.now());
  }, SWEEP_MS);
  const listener = await listen(parts.listen, (exchange) => {
    serve(line, exchange).catch((thrown: unknown) => sendError(exchange, asSignetError(thrown)));
  });
  const { address, family, port } = listener.address;
  const host = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `${parts.listen.tls ? "https" : "http"}://${host}:${port}`,
    async close(seconds = settings.timeouts.drainSeconds) {
      line.draining = true;
      listener.close();
      await within(seconds * 1000, line.places.idle());
      line.flights.cutAll("shutdown");
      clearInterval(sweep);
      follower.stop();
      // The resets of cut HTTP/2 streams leave in the next turn: without them a cut stream could pass for a whole one.
      await new Promise((resolve) => void setImmediate(resolve));
      listener.destroy();
      await within(CUT_MS, line.places.idle());
      await line.upstream.close();
    },
  };
}

function newLine({ settings, audit, clock, log, credentials }: GatewayParts): Line {
  const { fips, dualstack, endpoints } = settings.aws;
  const endpoint = endpoints.sts === undefined ? {} : { endpoint: endpoints.sts };
  const source = credentials ?? awsCredentialSource({ fips, dualstack, ...endpoint });
  return {
    settings,
    clock,
    signingClock: createSigningClock(clock),
    directory: createDirectory(),
    broker: createBroker(source, clock, {
      refreshed: (delegation, client, expiresAt) =>
        log.info({ delegation, client, expiresAt }, "session obtained"),
      failed(delegation, client, cause) {
        log.warn({ delegation, client, reason: reasonOf(cause) }, "no session could be obtained");
      },
    }),
    audit,
    upstream: createUpstream(settings.timeouts.connectSeconds * 1000),
    flights: createFlights(),
    retries: createRetryBudget(),
    log,
    places: createPlaces(settings.limits.concurrentCalls),
    callersGone: 0,
    draining: false,
  };
}

/** Loads the directory and keeps it current; what may no longer be used is cut at once. */
async function followStore(line: Line, store: Store): Promise<{ stop(): void }> {
  let revision = 0;
  let loading: Promise<void> | undefined;
  let again = false;
  const load = async () => {
    do {
      again = false;
      const changes = await store.changesSince(revision);
      revision = changes.revision;
      line.directory.apply(changes);
      line.flights.cutUnusable(line.directory, line.clock.now());
    } while (again);
  };
  const onError = (error: unknown) => {
    line.log.error({ reason: error instanceof Error ? error.message : "unknown" }, "the store can't be read");
  };
  await load();
  return store.watch(() => {
    again = true;
    loading ??= load()
      .catch(onError)
      .finally(() => {
        loading = undefined;
      });
  }, onError);
}

/** The probes of whoever runs the process, then the line. */
async function serve(line: Line, exchange: Exchange): Promise<void> {
  const { url, method } = exchange.request;
  if (method === "GET" && url === "/healthz") return sendText(exchange, 200, "ok");
  if (method === "GET" && url === "/readyz") {
    const ready = !line.draining && line.audit.available();
    return sendText(exchange, ready ? 200 : 503, ready ? "ready" : "not ready");
  }
  return handle(line, exchange);
}

function sendText(exchange: Exchange, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  sendAnswer(exchange, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "content-length": String(body.length) },
    body,
  });
}

/** Settles with `work`, or after that many milliseconds. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, expired]);
  clearTimeout(timer);
}
