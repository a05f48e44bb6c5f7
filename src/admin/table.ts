/**
 * The complete route table of the admin API. What isn't here doesn't exist; each has the least sufficient role (T36).
 * Signing in and out is in sign-in-routes.ts.
 */
import type { AnyOperation, AnyStream } from "./operation.ts";
import * as adminTokens from "./operations/admin-tokens.ts";
import * as aliases from "./operations/aliases.ts";
import * as audit from "./operations/audit.ts";
import * as clients from "./operations/clients.ts";
import * as delegations from "./operations/delegations.ts";
import * as insight from "./operations/insight.ts";
import * as keys from "./operations/keys.ts";
import * as limits from "./operations/limits.ts";
import * as models from "./operations/models.ts";
import * as settings from "./operations/settings.ts";
import * as verification from "./operations/verification.ts";
import type { SignIn } from "./sign-in-table.ts";

const OPERATION_TABLE = [
  insight.overview,
  insight.usage,
  insight.events,
  delegations.list,
  delegations.create,
  delegations.get,
  delegations.edit,
  delegations.getTemplate,
  delegations.getVerification,
  verification.verify,
  verification.resume,
  delegations.suspend,
  delegations.revoke,
  delegations.rotateExternalId,
  aliases.set,
  aliases.remove,
  clients.list,
  clients.create,
  clients.get,
  clients.join,
  clients.revoke,
  keys.list,
  keys.create,
  keys.get,
  keys.rotate,
  keys.revoke,
  limits.get,
  limits.set,
  limits.state,
  limits.listPrices,
  audit.searchCalls,
  audit.getCall,
  audit.listChanges,
  audit.state,
  audit.verify,
  adminTokens.list,
  adminTokens.create,
  adminTokens.revoke,
  models.listModels,
  models.listCatalogue,
  models.listEndings,
  settings.settings,
] as const satisfies readonly AnyOperation[];

const STREAM_TABLE = [insight.live, audit.exportLog] as const satisfies readonly AnyStream[];

export const OPERATIONS: readonly AnyOperation[] = OPERATION_TABLE;
export const STREAMS: readonly AnyStream[] = STREAM_TABLE;

type Operation = (typeof OPERATION_TABLE)[number];

/** Every route whose answer is JSON, such as `GET /keys/{id}`, for typed clients. */
export type Routes = { [Each in Operation | SignIn as `${Each["method"]} ${Each["path"]}`]: Each };

/** The same for the streams. */
export type Streams = {
  [Each in (typeof STREAM_TABLE)[number] as `${Each["method"]} ${Each["path"]}`]: Each;
};
