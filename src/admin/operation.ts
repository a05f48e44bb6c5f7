/**
 * One thing that an operator can do, described once: the HTTP API routes, checks and documents by it, the command line
 * runs it on the store or sends it to a server. A route that isn't in the table doesn't exist; one without a role
 * doesn't compile.
 */
import type { z } from "zod";
import type { Role } from "../core/admin.ts";
import type { AuditStats } from "../audit/types.ts";
import type { Clock } from "../core/clock.ts";
import type { MasterKey } from "../core/seal.ts";
import type { HeldSession } from "../credentials/broker.ts";
import type { Operator } from "../registry/operator.ts";
import type { Platform } from "../flashback/platform.ts";
import type { Insight } from "../call-index/types.ts";
import type { ProbeParts } from "../probes/parts.ts";
import type { LimitState } from "../limits/state.ts";
import type { Limits, LimitScope } from "../core/limits.ts";
import type { PriceTable } from "../prices/price.ts";
import type { Store } from "../store/store.ts";
import type { SettingsView } from "./views/settings.ts";
import type { EventView } from "./views/usage.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

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
  /** Flashback's platform API. Rejects with OperatorError where it isn't configured. */
  flashback(): Promise<Platform>;
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

/** What the gateway tells of itself. */
export interface GatewayView {
  /** AWS sessions in memory. */
  sessions(): HeldSession[];
  /** Calls under way. */
  running(): number;
  audit(): { available: boolean; stats: AuditStats };
  /** What is used of limits; money in dollars. */
  limits(holder: { scope: LimitScope; name: string; limits: Limits }): LimitState[];
  /** The latest first. */
  events(): EventView[];
}

export interface Asked<Query, Body> {
  /** By the names in the path, decoded. */
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
}

export interface Operation<Parts, Query, Body, Result, Progress> {
  /** `keys.create`: stable, the OpenAPI document's operationId. */
  id: string;
  method: Method;
  /** `/keys/{id}/revoke`. */
  path: string;
  /** The least role that may. */
  role: Role;
  summary: string;
  query?: z.ZodType<Query>;
  /** Its input is what is sent. */
  body?: z.ZodType<unknown, Body>;
  result: z.ZodType<Result>;
  /** Where the answer is a stream: what comes before the result. */
  progress?: z.ZodType<Progress>;
  /** Makes something: answered 201, and repeatable under one Idempotency-Key. */
  creates?: true;
  /** What an `If-Match` is held against: what is about to be changed, as its GET shows it. */
  current?: (parts: Parts, asked: Asked<unknown, unknown>) => Promise<unknown>;
  run(parts: Parts, asked: Asked<Query, Body>, emit: (progress: Progress) => void): Promise<Result>;
}

/** An answer that is a text of its own kind, sent piece by piece. */
export interface StreamOperation<Query> {
  id: string;
  method: "GET";
  path: string;
  role: Role;
  summary: string;
  query: z.ZodType<Query>;
  contentType: (query: Query) => string;
  /** To be saved under this name; without one it is shown. */
  fileName?: (query: Query) => string;
  /** Ends early once `signal` is aborted: whoever asked has left. */
  run(parts: ServerParts, asked: Asked<Query, undefined>, signal: AbortSignal): AsyncIterable<string>;
}

export function streamOperation<Query>(described: StreamOperation<Query>): StreamOperation<Query> {
  return described;
}

/** Of any operation, where it is only listed. */
export type AnyOperation = Operation<ServerParts, never, never, unknown, never>;

/** Gives the types of an operation's parts to its `run`. */
export function operation<Query, Body, Result, Progress = never>(
  described: Operation<AdminParts, Query, Body, Result, Progress>,
): Operation<AdminParts, Query, Body, Result, Progress> {
  return described;
}

/** The same for those that only a server can answer. */
export function serverOperation<Query, Body, Result, Progress = never>(
  described: Operation<ServerParts, Query, Body, Result, Progress>,
): Operation<ServerParts, Query, Body, Result, Progress> {
  return described;
}

/** A parameter of the path. */
export function param({ params }: Asked<unknown, unknown>, name: string): string {
  return params[name] ?? "";
}
