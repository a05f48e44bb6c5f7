/**
 * An operation of the admin API, described once: the HTTP API is routed, validated and documented from it; the command
 * line runs it on the store or sends it to a server. A route that isn't in the table doesn't exist; one without a role doesn't compile.
 */
import type { z } from "zod";
import type { Role } from "../core/admin.ts";
import type { Clock } from "../core/clock.ts";
import type { MasterKey } from "../core/seal.ts";
import type { KeyHolder } from "../registry/key-holders.ts";
import type { Operator } from "../registry/operator.ts";
import type { Insight } from "../call-index/types.ts";
import type { GatewayStatus } from "../observe/gateway-status.ts";
import type { ProbeParts } from "../probes/parts.ts";
import type { LimitState } from "../limits/state.ts";
import type { Limits, LimitScope } from "../core/limits.ts";
import type { PriceTable } from "../prices/price.ts";
import type { Store } from "../store/store.ts";
import type { SettingsView } from "./views/settings.ts";
import type { Answer, BodyOf, Params, Progress, QueryOf, Route } from "./route.ts";
import type { EventView } from "./views/usage.ts";

/** What operations work on. Parts that are expensive to open are functions. */
export interface AdminParts {
  store: Store;
  /** The author, for the audit log. */
  operator: Operator;
  clock: Clock;
  auditDir: string;
  /** What probes need. */
  probes(): Promise<ProbeParts>;
  /** The S3 URL where the operator publishes CloudFormation templates, if they do. */
  templateBaseUrl: string | undefined;
  /** The price table, as configured. */
  prices(): PriceTable;
  /** The model that verifications call first, if configured. */
  probeModel: string | undefined;
  /** The systems outside Signet that hold its keys. */
  keyHolders: readonly KeyHolder[];
  /** Encrypts access-key pairs; undefined if none is configured. */
  masterKey: () => Promise<MasterKey | undefined>;
  /** Signet's own ARN as a trust policy in this region names it; undefined if it can't be determined. */
  principal(region: string): Promise<string | undefined>;
}

/** Parts that only a running gateway has. */
export interface ServerParts extends AdminParts {
  insight: Insight;
  gateway: GatewayView;
  settings(): Promise<SettingsView>;
}

/** The running gateway's state, as the API shows it. */
export interface GatewayView {
  status(): GatewayStatus;
  /** The usage of limits; costs in dollars. */
  limits(holder: { scope: LimitScope; name: string; limits: Limits }): LimitState[];
  /** The latest first. */
  events(): EventView[];
}

/** An operation's request, each part in its form. */
export interface Asked<R extends Omit<Route, "result"> = Route> {
  /** Decoded path parameters. */
  params: Params<R["path"]>;
  query: QueryOf<R> extends z.ZodType ? z.output<QueryOf<R>> : unknown;
  /** As sent. */
  body: BodyOf<R> extends z.ZodType ? z.input<BodyOf<R>> : unknown;
}

/** The path parameters. */
export interface About<Name extends string> {
  params: Readonly<Record<Name, string>>;
}

/** An operation without its implementation. */
export interface Description extends Route {
  /** The least role that is sufficient. */
  role: Role;
  /** Creates something: answered with 201, and repeatable with an Idempotency-Key. */
  creates?: true;
}

/** What an `If-Match` is compared with: the resource to change, as its GET shows it. */
type Current<Path extends string> = (parts: AdminParts, asked: { params: Params<Path> }) => Promise<unknown>;

type Run<Parts, D extends Description> = (
  parts: Parts,
  asked: Asked<D>,
  emit: (progress: Progress<D>) => void,
) => Promise<Answer<D>>;

/** Any operation, for code that handles all of them alike. */
export interface AnyOperation<Parts = ServerParts> extends Description {
  current?(this: void, parts: Parts, asked: Asked): Promise<unknown>;
  run(parts: Parts, asked: Asked, emit: (progress: unknown) => void): Promise<unknown>;
}

/** Describes an operation, with its implementation. */
export function operation<const D extends Description>(
  description: D & { current?: Current<D["path"]> },
  run: Run<AdminParts, D>,
) {
  return { ...description, run };
}

/** The same for operations that need a running server. */
export function serverOperation<const D extends Description>(
  description: D & { current?: Current<D["path"]> },
  run: Run<ServerParts, D>,
) {
  return { ...description, run };
}

/** An operation whose answer is streamed text of its own type. */
export interface StreamOperation<Path extends string, Query extends z.ZodType> {
  id: string;
  method: "GET";
  path: Path;
  role: Role;
  summary: string;
  query: Query;
  contentType(query: z.output<Query>): string;
  /** The name to save it under; without one it is shown. */
  fileName?(query: z.output<Query>): string;
  /** Ends early once `signal` is aborted: the caller has disconnected. */
  run(parts: ServerParts, asked: { query: z.output<Query> }, signal: AbortSignal): AsyncIterable<string>;
}

export type AnyStream = StreamOperation<string, z.ZodType>;

export function streamOperation<const Path extends string, Query extends z.ZodType>(
  described: StreamOperation<Path, Query>,
): StreamOperation<Path, Query> {
  return described;
}
