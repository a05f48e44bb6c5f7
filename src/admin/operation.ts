/**
 * One thing that an operator can do, described once: the HTTP API routes, checks and documents by it, the command line
 * runs it on the store or sends it to a server. A route that isn't in the table doesn't exist; one without a role
 * doesn't compile.
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

/** What operations work on. Parts that cost something to open are functions. */
export interface AdminParts {
  store: Store;
  /** Who asks, for the audit log. */
  operator: Operator;
  clock: Clock;
  auditDir: string;
  /** What probes are made with. */
  probes(): Promise<ProbeParts>;
  /** Where the operator publishes CloudFormation templates, an S3 URL; undefined where they don't. */
  templateBaseUrl: string | undefined;
  /** The price table, as configured. */
  prices(): PriceTable;
  /** Called first by verifications, as configured. */
  probeModel: string | undefined;
  /** The systems outside of Signet that follow its keys. */
  keyHolders: readonly KeyHolder[];
  /** What access-key pairs are sealed with; undefined where none is configured. */
  masterKey: () => Promise<MasterKey | undefined>;
  /** Signet's own ARN as a trust policy in this region names it; undefined where it can't be told. */
  principal(region: string): Promise<string | undefined>;
}

/** What only a running gateway has. */
export interface ServerParts extends AdminParts {
  insight: Insight;
  gateway: GatewayView;
  settings(): Promise<SettingsView>;
}

/** What the API shows of the running gateway. */
export interface GatewayView {
  status(): GatewayStatus;
  /** What is used of limits; money in dollars. */
  limits(holder: { scope: LimitScope; name: string; limits: Limits }): LimitState[];
  /** The latest first. */
  events(): EventView[];
}

/** What an operation is asked, each part in its form. */
export interface Asked<R extends Omit<Route, "result"> = Route> {
  /** Decoded. */
  params: Params<R["path"]>;
  query: QueryOf<R> extends z.ZodType ? z.output<QueryOf<R>> : unknown;
  /** As it was sent. */
  body: BodyOf<R> extends z.ZodType ? z.input<BodyOf<R>> : unknown;
}

/** What the parameters of its path name. */
export interface About<Name extends string> {
  params: Readonly<Record<Name, string>>;
}

/** An operation but for its work. */
export interface Description extends Route {
  /** The least role that may. */
  role: Role;
  /** Makes something: answered 201, and repeatable under one Idempotency-Key. */
  creates?: true;
}

/** What an `If-Match` is held against: what is about to be changed, as its GET shows it. */
type Current<Path extends string> = (parts: AdminParts, asked: { params: Params<Path> }) => Promise<unknown>;

type Run<Parts, D extends Description> = (
  parts: Parts,
  asked: Asked<D>,
  emit: (progress: Progress<D>) => void,
) => Promise<Answer<D>>;

/** Of any operation, where all are handled alike. */
export interface AnyOperation<Parts = ServerParts> extends Description {
  current?(this: void, parts: Parts, asked: Asked): Promise<unknown>;
  run(parts: Parts, asked: Asked, emit: (progress: unknown) => void): Promise<unknown>;
}

/** Describes an operation, with the work that it does. */
export function operation<const D extends Description>(
  description: D & { current?: Current<D["path"]> },
  run: Run<AdminParts, D>,
) {
  return { ...description, run };
}

/** The same for what only a running server can do. */
export function serverOperation<const D extends Description>(
  description: D & { current?: Current<D["path"]> },
  run: Run<ServerParts, D>,
) {
  return { ...description, run };
}

/** An answer that is a text of its own kind, sent piece by piece. */
export interface StreamOperation<Path extends string, Query extends z.ZodType> {
  id: string;
  method: "GET";
  path: Path;
  role: Role;
  summary: string;
  query: Query;
  contentType(query: z.output<Query>): string;
  /** To be saved under this name; without one it is shown. */
  fileName?(query: z.output<Query>): string;
  /** Ends early once `signal` is aborted: whoever asked has left. */
  run(parts: ServerParts, asked: { query: z.output<Query> }, signal: AbortSignal): AsyncIterable<string>;
}

export type AnyStream = StreamOperation<string, z.ZodType>;

export function streamOperation<const Path extends string, Query extends z.ZodType>(
  described: StreamOperation<Path, Query>,
): StreamOperation<Path, Query> {
  return described;
}
