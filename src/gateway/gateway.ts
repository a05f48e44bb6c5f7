/** Starts the request line: assembles its parts, follows the store's changes, and shuts it down gracefully. */
import type { Observer } from "../audit/observer.ts";
import type { Audit } from "../audit/types.ts";
import type { Clock } from "../core/clock.ts";
import { asSignetError } from "../core/errors.ts";
import type { MasterKey } from "../core/seal.ts";
import { createLimiter, type Holder } from "../limits/limiter.ts";
import { limitService, type LimitService } from "../limits/service.ts";
import { inDollars, type LimitState } from "../limits/state.ts";
import { BUILT_IN } from "../prices/built-in.ts";
import { createRegistry, type Registry } from "../protocols/registry.ts";
import { createPrices, type Prices } from "../prices/price.ts";
import { createBroker } from "../credentials/broker.ts";
import { awsCredentialSource, type CredentialSource } from "../credentials/sts.ts";
import type { Store } from "../store/store.ts";
import { pairOpener } from "../directory/access-key-pairs.ts";
import { createDirectory } from "../directory/directory.ts";
import { createDiscovery } from "./discovery.ts";
import { createFlights } from "./flight.ts";
import { followStore } from "../directory/follow.ts";
import type { Log } from "../core/log.ts";
import { auditStatus, type GatewayStatus } from "../observe/gateway-status.ts";
import type { Line, LineSettings } from "./line.ts";
import { listen, type ListenSettings } from "../http/listen.ts";
import { handle } from "./pipeline.ts";
import { createPlaces } from "../limits/places.ts";
import { reasonOf } from "../core/reason.ts";
import { sendAnswer, sendError } from "../http/respond.ts";
import { recordChanges } from "../audit/record-changes.ts";
import { openBidirectional } from "../upstream/bidirectional.ts";
import { createRetryBudget } from "../upstream/retry.ts";
import { createSigningClock } from "../upstream/signing-clock.ts";
import type { Exchange } from "../http/exchange.ts";
import { createUnproven } from "../limits/unproven.ts";
import { createUpstream } from "../upstream/upstream.ts";
import { proxyFor } from "../proxy/proxy.ts";

export interface GatewayParts {
  listen: ListenSettings;
  settings: LineSettings;
  store: Store;
  audit: Audit;
  clock: Clock;
  log: Log;
  /** By default, it counts for itself, starting at zero. */
  limiting?: LimitService;
  /** Default: the built-in table. */
  prices?: Prices;
  /** Default: the built-in ones. */
  protocols?: Registry;
  /** Notified of each call. */
  observer?: Observer;
  /** Another process moves the store's changes to the audit log. */
  leavesChanges?: boolean;
  /** Where AWS credentials come from. Default: AWS's default chain and STS. */
  credentials?: CredentialSource;
  /** Opens the secrets of access-key pairs; without it, callers that sign with a pair are refused. */
  masterKey?: MasterKey | undefined;
}

export interface Gateway {
  /** `http://127.0.0.1:8787`: the endpoint for callers. */
  readonly url: string;
  /**
   * Shuts down gracefully: refuses new calls, lets running ones finish for at most `seconds`, cuts the rest. The store
   * and the audit log stay open: the caller who opened them closes them.
   */
  close(seconds?: number): Promise<void>;
  status(): GatewayStatus;
  /** How much of each limit is used; money in dollars. */
  limits(holder: Holder): LimitState[];
}

const SWEEP_MS = 250;
/** Time for calls that were cut to end and close their connection; calls that wait for STS may take longer. */
const CUT_MS = 500;

export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { settings, clock } = parts;
  const line = newLine(parts);
  const cutUnusable = () => line.flights.cutUnusable(line.directory, clock.now());
  const changes = parts.leavesChanges === true ? undefined : recordChanges(parts);
  const follower = await followStore({
    ...parts,
    directory: line.directory,
    onChange() {
      cutUnusable();
      line.broker.keep((delegation, client) => line.directory.mayHold(delegation, client));
      line.limiting.keep((scope, name) => line.directory.mayCall(scope, name));
      changes?.wake();
    },
  });
  line.behind = () => follower.behind();
  const listener = await listen(parts.listen, {
    clock,
    protocols: parts.protocols ?? createRegistry(),
    handler: (exchange) => {
      serve(line, exchange).catch((thrown: unknown) => sendError(exchange, asSignetError(thrown)));
    },
  }).catch(async (thrown: unknown) => {
    follower.stop();
    await changes?.stop();
    throw thrown;
  });
  const sweep = clock.setInterval(() => {
    line.flights.cutOverdue(clock.monotonic());
    cutUnusable();
  }, SWEEP_MS);
  const { address, family, port } = listener.address;
  const host = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `${parts.listen.tls ? "https" : "http"}://${host}:${port}`,
    status: () => ({
      running: line.flights.size,
      placesTaken: line.places.taken,
      placesWaiting: line.places.waiting,
      sessions: line.broker.held(),
      audit: auditStatus(line.audit),
      storeBehindMs: line.behind(),
      clockOffsetMs: line.signingClock.offset(),
    }),
    limits: (holder) => line.limiting.states(holder).map(inDollars),
    async close(seconds = settings.timeouts.drainSeconds) {
      line.draining = true;
      const ended = Promise.all([line.places.idle(), listener.close()]);
      await within(clock, seconds * 1000, ended);
      line.flights.cutAll("shutdown");
      await within(clock, CUT_MS, ended);
      clock.clear(sweep);
      follower.stop();
      await changes?.stop();
      listener.destroy();
      await line.upstream.close();
    },
  };
}

function newLine({
  settings,
  audit,
  clock,
  log,
  credentials,
  masterKey,
  limiting,
  prices,
  observer,
}: GatewayParts): Line {
  const { fips, dualstack, endpoints, proxy } = settings.aws;
  const endpoint = endpoints.sts === undefined ? {} : { endpoint: endpoints.sts };
  const source = credentials ?? awsCredentialSource({ fips, dualstack, proxy, ...endpoint });
  const connectMs = settings.timeouts.connectSeconds * 1000;
  const proxies = proxyFor(proxy);
  const line: Line = {
    settings,
    clock,
    discovery: createDiscovery({ clock, log }, () => line),
    signingClock: createSigningClock(clock),
    directory: createDirectory(pairOpener(masterKey, log)),
    broker: createBroker(source, clock, {
      refreshed(delegation, client, expiresAt) {
        observer?.session(delegation, client, true);
        log.info({ delegation, client, expiresAt }, "session obtained");
      },
      failed(delegation, client, cause) {
        observer?.session(delegation, client, false);
        log.warn({ delegation, client, reason: reasonOf(cause) }, "no session could be obtained");
      },
    }),
    audit,
    observer,
    limiting: limiting ?? limitService(createLimiter(clock)),
    prices: prices ?? createPrices(BUILT_IN),
    upstream: createUpstream(connectMs, clock, proxies),
    openBidirectional: (request) => openBidirectional(request, { connectMs, clock, proxies }),
    flights: createFlights(),
    retries: createRetryBudget(),
    log,
    places: createPlaces(settings.limits.concurrentCalls, settings.limits.queuedCalls, clock),
    unproven: createUnproven(),
    callersGone: 0,
    behind: () => 0,
    draining: false,
  };
  return line;
}

/** Health checks first, then the line. */
async function serve(line: Line, exchange: Exchange): Promise<void> {
  const { url, method } = exchange.request;
  if (method === "GET" && url === "/healthz") return sendText(exchange, 200, "ok");
  if (method === "GET" && url === "/readyz") {
    const ready = !line.draining && line.audit.available() && line.behind() === 0;
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
async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const { promise: expired, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimeout(resolve, ms);
  await Promise.race([work, expired]);
  clock.clear(timer);
}
