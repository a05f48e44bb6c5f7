/** Runs an operation where the command line says: on this machine's store, or at a server's admin API. */
import type { Command } from "commander";
import type { AdminParts, AnyOperation } from "../admin/operation.ts";
import type { Remote } from "../admin/remote.ts";
import type { Page } from "../admin/page.ts";
import { answerOf, progressOf, type Answer, type Progress, type Question } from "../admin/route.ts";
import type { Store } from "../store/store.ts";
import { keyHolders } from "../server/key-holders.ts";
import { loadConfigOf, operator, withStore, type CliContext } from "./context.ts";
import { masterKeyFor } from "./master-key.ts";
import { ownPrincipal } from "./principal.ts";
import { probeParts } from "./probe-parts.ts";

export interface Where {
  context: CliContext;
  command: Command;
  /** Create the store if there is none. */
  create?: true;
}

/** The server that `--server` or SIGNET_SERVER names, and the token for it; undefined for this machine. */
export function remoteOf({ context, command }: Where): Remote | undefined {
  const { server = context.env["SIGNET_SERVER"] ?? "" } = command.optsWithGlobals<{ server?: string }>();
  if (server === "") return undefined;
  const token = context.env["SIGNET_ADMIN_TOKEN"] ?? "";
  if (token === "") command.error("error: --server requires an admin token: set SIGNET_ADMIN_TOKEN");
  return { server, token };
}

/** Rejects with OperatorError or AdminError. */
export async function perform<O extends AnyOperation<AdminParts>>(
  where: Where,
  operation: O,
  question: Question<O>,
  emit: (progress: Progress<O>) => void = () => undefined,
): Promise<Answer<O>> {
  const remote = remoteOf(where);
  if (remote) {
    const { performRemotely } = await import("../admin/remote.ts");
    return performRemotely(remote, operation, question, emit);
  }
  const { checked } = await import("../registry/input.ts");
  const { params = {}, query = {}, body = operation.body && {} } = question;
  const asked = { params, query: operation.query ? checked(operation.query, query) : query, body };
  const { context, command, create = false } = where;
  const answer = await withStore(
    context,
    command,
    async (store) =>
      operation.run(await localParts(where, store), asked, (progress) =>
        emit(progressOf(operation, progress)),
      ),
    { create },
  );
  return answerOf(operation, answer);
}

/** Every item of a list, page by page. */
export async function allPages<Item>(
  ask: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let next: string | null = null;
  do {
    const page: Page<Item> = await ask({ limit: 200, ...(next !== null && { cursor: next }) });
    items.push(...page.items);
    ({ next } = page);
  } while (next !== null);
  return items;
}

async function localParts({ context, command }: Where, store: Store): Promise<AdminParts> {
  const config = await loadConfigOf(context, command);
  // With the table of prices, which most commands don't need.
  const { loadPrices } = await import("../prices/file.ts");
  return {
    store,
    operator: operator(context),
    clock: context.clock,
    auditDir: config.audit.dir,
    probes: () => probeParts(context, command),
    probeModel: config.verification.probeModel,
    prices: () => loadPrices(config.prices.file),
    templateBaseUrl: config.admin.templateBaseUrl,
    keyHolders: keyHolders(config),
    masterKey: () => masterKeyFor(context, command),
    principal: (region) => ownPrincipal(context, command, region),
  };
}
