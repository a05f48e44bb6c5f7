/** Runs an operation where the command line points: on this machine's store, or at a server's admin API. */
import type { Command } from "commander";
import type { AdminParts, Asked, Operation } from "../admin/operation.ts";
import type { Remote } from "../admin/remote.ts";
import type { Page } from "../admin/page.ts";
import type { Store } from "../store/store.ts";
import { loadPrices } from "../prices/file.ts";
import { loadConfigOf, operator, withStore, type CliContext } from "./context.ts";
import { platformOf } from "./flashback.ts";
import { masterKeyFor } from "./master-key.ts";
import { ownPrincipal } from "./principal.ts";
import { probeParts } from "./verify.ts";

export interface Where {
  context: CliContext;
  command: Command;
}

interface Question<Body> {
  params?: Record<string, string>;
  query?: object;
  body?: Body;
  /** Make the store if there is none. */
  create?: boolean;
}

/** The server that `--server` or SIGNET_SERVER names, and the token for it; undefined where this machine is meant. */
export function remoteOf({ context, command }: Where): Remote | undefined {
  const { server = context.env["SIGNET_SERVER"] ?? "" } = command.optsWithGlobals<{ server?: string }>();
  if (server === "") return undefined;
  const token = context.env["SIGNET_ADMIN_TOKEN"] ?? "";
  if (token === "") command.error("error: a server needs an admin token: set SIGNET_ADMIN_TOKEN");
  return { server, token };
}

/** Rejects with OperatorError or AdminError. */
export async function perform<Query, Body, Result, Progress = never>(
  where: Where,
  operation: Operation<AdminParts, Query, Body, Result, Progress>,
  { params = {}, query = {}, body, create = false }: Question<Body>,
  emit: (progress: Progress) => void = () => undefined,
): Promise<Result> {
  const remote = remoteOf(where);
  if (remote) {
    const { performRemotely } = await import("../admin/remote.ts");
    return performRemotely(remote, operation, { params, query, body: body as Body }, emit);
  }
  const { checked } = await import("../registry/input.ts");
  const asked: Asked<Query, Body> = {
    params,
    query: operation.query ? checked(operation.query, query) : (query as Query),
    body: body as Body,
  };
  const { context, command } = where;
  return withStore(
    context,
    command,
    async (store) => operation.run(await localParts(where, store), asked, emit),
    { create },
  );
}

/** Every item of a list, page by page. */
export async function performAll<Query, Item>(
  where: Where,
  operation: Operation<AdminParts, Query, unknown, Page<Item>, never>,
  query: object = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const wanted = { ...query, limit: 200, ...(cursor !== null && { cursor }) };
    const page: Page<Item> = await perform(where, operation, { query: wanted });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

async function localParts({ context, command }: Where, store: Store): Promise<AdminParts> {
  const config = await loadConfigOf(context, command);
  return {
    store,
    operator: operator(context),
    clock: context.clock,
    auditDir: config.audit.dir,
    probes: () => probeParts(context, command),
    probeModel: config.verification.probeModel,
    prices: () => loadPrices(config.prices.file),
    templateBaseUrl: config.admin.templateBaseUrl,
    flashback: () => platformOf(context, command),
    masterKey: () => masterKeyFor(context, command),
    principal: (region) => ownPrincipal(context, command, region),
  };
}
