/**
 * The admin API: the table of operations over HTTP. Every route is in the table and everything else is refused. An
 * answer holds only what its schema describes.
 */
import { hash } from "node:crypto";
import type { Context, Hono } from "hono";
import { stream } from "hono/streaming";
import type { Log } from "../core/log.ts";
import type { Tables, Store } from "../store/store.ts";
import { identify, requireRole, type AccessParts, type Caller } from "./access.ts";
import { AdminError, asAdminError } from "./errors.ts";
import { createIdempotency, type Idempotency } from "./idempotency.ts";
import { openApiDocument } from "./openapi.ts";
import type { AnyOperation, Asked, ServerParts, AnyStream } from "./operation.ts";
import { askedOf } from "./requests.ts";
import { answerOf, progressOf } from "./route.ts";
import { OPERATIONS, STREAMS } from "./table.ts";

export const API = "/api/v1";

export interface ApiParts {
  access: AccessParts;
  /** What operations work on, except for the caller. */
  server: Omit<ServerParts, "operator">;
  log: Pick<Log, "error">;
  version: string;
}

/** Adds the table's routes. */
export function addOperations(app: Hono, parts: ApiParts): void {
  const idempotency = createIdempotency(parts.server.clock);
  for (const each of OPERATIONS)
    app.on(each.method, [routeOf(each.path)], (context) =>
      each.progress ? progressing(parts, each, context) : answering(parts, each, context, idempotency),
    );
  for (const each of STREAMS) app.get(routeOf(each.path), (context) => streaming(parts, each, context));
  const document = openApiDocument(parts.version);
  app.get(`${API}/openapi.json`, (context) => context.json(document));
}

/** `/keys/{id}` in the router's syntax. */
function routeOf(path: string): string {
  return API + path.replaceAll(/\{([a-z]+)\}/g, ":$1");
}

async function admitted(parts: ApiParts, context: Context, role: AnyOperation["role"]): Promise<Caller> {
  const caller = await identify(parts.access, context);
  requireRole(caller, role);
  return caller;
}

function partsFor({ server }: ApiParts, { actor }: Caller, store: Store = server.store): ServerParts {
  return { ...server, store, operator: { actor, clock: server.clock } };
}

async function answering(
  parts: ApiParts,
  operation: AnyOperation,
  context: Context,
  idempotency: Idempotency,
): Promise<Response> {
  const caller = await admitted(parts, context, operation.role);
  const asked = await askedOf(context, operation);
  const key = context.req.header("idempotency-key");
  const run = () => ran(parts, operation, { caller, asked, ifMatch: context.req.header("if-match") });
  const value =
    operation.creates && key !== undefined
      ? await idempotency.once(
          { actor: caller.actor, operation: operation.id, key },
          JSON.stringify(asked),
          run,
        )
      : await run();
  if (operation.current || operation.method === "GET") {
    const tag = etagOf(value);
    context.header("etag", tag);
    if (operation.method === "GET" && context.req.header("if-none-match") === tag)
      return context.body(null, 304);
  }
  return context.json(answerOf(operation, value), operation.creates ? 201 : 200);
}

interface Call {
  caller: Caller;
  asked: Asked;
  ifMatch: string | undefined;
}

/** With an If-Match, the comparison and the operation are in one transaction. */
async function ran(
  parts: ApiParts,
  operation: AnyOperation,
  { caller, asked, ifMatch }: Call,
): Promise<unknown> {
  const { current } = operation;
  if (ifMatch === undefined) return operation.run(partsFor(parts, caller), asked, ignore);
  if (!current)
    throw new AdminError(
      "precondition_failed",
      "If-Match applies only to changes of resources that have an ETag.",
    );
  return parts.server.store.transaction(async (tables) => {
    const within = partsFor(parts, caller, storeWithin(parts.server.store, tables));
    if (etagOf(await current(within, asked)) !== ifMatch)
      throw new AdminError("precondition_failed", "It was modified in the meantime. Reload and retry.");
    return operation.run(within, asked, ignore);
  });
}

function ignore(): void {
  // This operation reports no progress.
}

/** The store inside a transaction, for services that begin one themselves. */
function storeWithin(store: Store, tables: Tables): Store {
  return { ...store, ...tables, transaction: (work) => work(tables) };
}

function etagOf(value: unknown): string {
  return `"${hash("sha256", JSON.stringify(value), "base64url").slice(0, 22)}"`;
}

/** A line for each step, then one for the result or the error. */
async function progressing(parts: ApiParts, operation: AnyOperation, context: Context): Promise<Response> {
  const caller = await admitted(parts, context, operation.role);
  const asked = await askedOf(context, operation);
  context.header("content-type", "application/x-ndjson");
  return stream(context, async (out) => {
    const line = (value: object) => void out.writeln(JSON.stringify(value));
    try {
      const emit = (progress: unknown) => line({ progress: progressOf(operation, progress) });
      const result = await operation.run(partsFor(parts, caller), asked, emit);
      line({ result: answerOf(operation, result) });
    } catch (thrown) {
      line(failed(parts, context, thrown));
    }
  });
}

async function streaming(parts: ApiParts, operation: AnyStream, context: Context): Promise<Response> {
  const caller = await admitted(parts, context, operation.role);
  const asked = await askedOf(context, operation);
  const name = operation.fileName?.(asked.query);
  context.header("content-type", operation.contentType(asked.query));
  context.header("x-accel-buffering", "no");
  if (name !== undefined) context.header("content-disposition", `attachment; filename="${name}"`);
  return stream(
    context,
    async (out) => {
      const gone = new AbortController();
      out.onAbort(() => gone.abort());
      const { clock } = parts.server;
      const ends = clock.setInterval(
        () => void stillAdmitted(parts, context, operation).catch(() => gone.abort()),
        1_000,
      );
      try {
        for await (const piece of operation.run(partsFor(parts, caller), asked, gone.signal))
          await out.write(piece);
      } finally {
        clock.clear(ends);
      }
    },
    async (error) => {
      failed(parts, context, error);
    },
  );
}

/** A stream ends when the caller's access does. */
async function stillAdmitted(parts: ApiParts, context: Context, { role }: AnyStream): Promise<void> {
  await admitted(parts, context, role);
}

/** The error's answer; errors that the caller didn't cause are logged. */
export function failed(
  { log }: Pick<ApiParts, "log">,
  context: Context,
  thrown: unknown,
): ReturnType<AdminError["toJSON"]> {
  const error = asAdminError(thrown);
  if (error.code === "internal" || error.code === "unavailable") {
    const { method, path } = context.req;
    const cause = thrown instanceof Error ? { reason: thrown.message, stack: thrown.stack } : {};
    log.error({ method, path, ...cause }, "an admin request failed");
  }
  return error.toJSON();
}
