/** Issues a Bedrock API key from a delegated session: least privilege, one region, at most the session's lifetime. */
import { ownOutput } from "../core/async-output.ts";
import type { Client, Delegation, Grant } from "../core/delegation.ts";
import { SignetError } from "../core/errors.ts";
import { assumeNarrowed } from "../credentials/narrowed.ts";
import type { CredentialSource, Expiring } from "../credentials/sts.ts";
import { notFound, OperatorError, wrongState } from "../registry/errors.ts";
import { recordChange, type Operator } from "../registry/operator.ts";
import { requireSessionPolicy } from "../registry/rules.ts";
import { grantsOf } from "../iam/intersect.ts";
import { sessionLayers } from "../iam/session-policy.ts";
import type { Store, Tables } from "../store/store.ts";
import { mintBedrockKey, type BedrockKey } from "./mint.ts";

export interface IssueParts {
  store: Store;
  source: CredentialSource;
  operator: Operator;
}

export interface KeyRequest {
  delegation: string;
  /** The client whose grants narrow it, and whose name CloudTrail shows. */
  client: string;
  expiresInSeconds: number;
}

export interface IssuedBedrockKey extends BedrockKey {
  delegation: string;
  client: string;
  /** What the key may call: what delegation and client both grant in its region. */
  grants: Grant[];
  /** The session duration set in the delegation, in seconds: no key lives longer. */
  sessionSeconds: number;
}

/** Who may have a key, and what it may call. */
interface Entitlement {
  delegation: Delegation;
  client: Client;
  roleArn: string;
  grants: Grant[];
}

/**
 * Resolves to the key once its issue is recorded. Throws OperatorError if none may be issued, even if that changed
 * while STS was called; SignetError `credentials_unavailable` with AWS's answer if there is no session.
 */
export async function issueBedrockKey(
  { store, source, operator }: IssueParts,
  { delegation: name, client: clientName, expiresInSeconds }: KeyRequest,
): Promise<IssuedBedrockKey> {
  const entitlement = await entitled(store, name, clientName);
  const { delegation, grants } = entitlement;
  const session = await sessionOf(source, entitlement);
  const { region } = delegation;
  const key = mintBedrockKey(session, { region, now: operator.clock.now(), expiresInSeconds });
  await store.transaction(async (tables) => {
    await entitled(tables, name, clientName);
    await recordChange(tables, operator, {
      action: "bedrock-key.mint",
      subject: `client/${clientName}`,
      before: null,
      after: { delegation: name, region, expiresAt: new Date(key.expiresAt).toISOString() },
    });
  });
  const { durationSeconds: sessionSeconds } = delegation.session;
  return { ...key, delegation: name, client: clientName, grants, sessionSeconds };
}

/** What delegation and client allow now. Throws OperatorError if they may have no key. */
export async function entitled(
  tables: Pick<Tables, "delegations" | "clients">,
  name: string,
  clientName: string,
): Promise<Entitlement> {
  const [delegation, client] = await Promise.all([
    tables.delegations.get(name),
    tables.clients.get(clientName),
  ]);
  if (!delegation) throw notFound("delegation", name);
  if (!client) throw notFound("client", clientName);
  if (delegation.state !== "active") throw wrongState("delegation", `${name} is ${delegation.state}`);
  if (client.revokedAt !== undefined) throw wrongState("client", `${clientName} is revoked`);
  if (!client.delegations.some((entry) => entry.delegation === name))
    throw new OperatorError("invalid", [
      { field: "client", message: `${clientName} doesn't belong to ${name}` },
    ]);
  const { roleArn } = delegation;
  if (roleArn === undefined)
    throw wrongState(
      "delegation",
      `${name} has no role: a key of Signet's own credentials could do all that they can`,
    );
  if (!delegation.role.bedrockApiKeys)
    throw wrongState(
      "delegation",
      `${name} allows no Bedrock API keys: signet delegation edit ${name} --bedrock-api-keys, then its role's policy`,
    );
  return { delegation, client, roleArn, grants: grantsInRegion(delegation, client) };
}

/** A key works in one region, so its session is given only that. Throws OperatorError if nothing is granted there. */
function grantsInRegion(delegation: Delegation, client: Client): Grant[] {
  const { region } = delegation;
  const grants = grantsOf(delegation, client)
    .filter(({ regions }) => regions.includes(region))
    .map((grant) => ({ ...grant, regions: [region] }));
  if (grants.length === 0)
    throw new OperatorError("invalid", [
      { field: "client", message: `${client.name} is granted nothing in ${region}, the key's only region` },
    ]);
  requireSessionPolicy(delegation, grants, { field: "client", client: client.name });
  return grants;
}

async function sessionOf(
  source: CredentialSource,
  { delegation, client, roleArn, grants }: Entitlement,
): Promise<Expiring> {
  const { externalId, session, name } = delegation;
  try {
    const request = {
      region: delegation.region,
      roleArn,
      roleSessionName: `signet-${client.name}`,
      durationSeconds: session.durationSeconds,
      ...(externalId === undefined ? {} : { externalId }),
      tags: session.tags,
      ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
    };
    const role = ownOutput(delegation.role, client);
    return await assumeNarrowed(source, request, sessionLayers(grants, delegation, role));
  } catch (error) {
    const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
    const answer = message === "" ? kind : `${kind}: ${message}`;
    throw new SignetError(
      "credentials_unavailable",
      `no session of ${name}'s role could be obtained (${answer}); signet delegation verify ${name} finds the cause`,
      { cause: error },
    );
  }
}
