/**
 * The whole route table of the admin API. What isn't here doesn't exist; each has the least role that may (T36).
 * Signing in and out is in sign-in-routes.ts.
 */
import type { AnyOperation, StreamOperation } from "./operation.ts";
import * as adminTokens from "./operations/admin-tokens.ts";
import * as aliases from "./operations/aliases.ts";
import * as audit from "./operations/audit.ts";
import * as clients from "./operations/clients.ts";
import * as delegations from "./operations/delegations.ts";
import * as insight from "./operations/insight.ts";
import * as keys from "./operations/keys.ts";
import * as limits from "./operations/limits.ts";
import * as proof from "./operations/proof.ts";
import { listModels, settings } from "./operations/settings.ts";

export const OPERATIONS = [
  insight.overview,
  insight.usage,
  insight.events,
  delegations.listDelegations,
  delegations.createDelegationOperation,
  delegations.getDelegation,
  delegations.editDelegationOperation,
  delegations.getTemplate,
  delegations.getVerification,
  proof.verifyOperation,
  proof.resumeOperation,
  delegations.suspendDelegationOperation,
  delegations.revokeDelegationOperation,
  delegations.rotateExternalIdOperation,
  aliases.setAliasOperation,
  aliases.removeAliasOperation,
  clients.listClients,
  clients.createClient,
  clients.getClient,
  clients.joinClient,
  clients.revokeClientOperation,
  keys.listKeys,
  keys.createKeyOperation,
  keys.getKey,
  keys.rotateKeyOperation,
  keys.revokeKeyOperation,
  limits.getLimits,
  limits.setLimitsOperation,
  limits.getLimitState,
  limits.listPrices,
  audit.searchCalls,
  audit.getCall,
  audit.listChanges,
  audit.auditState,
  audit.verifyAuditOperation,
  adminTokens.listAdminTokens,
  adminTokens.createAdminTokenOperation,
  adminTokens.revokeAdminTokenOperation,
  listModels,
  settings,
] as unknown as readonly AnyOperation[];

export const STREAMS = [
  insight.live,
  audit.exportCallsOperation,
] as unknown as readonly StreamOperation<unknown>[];
