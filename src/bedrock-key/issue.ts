/** A Bedrock API key from a delegated session: least privilege, one region, no longer than the session lives. */
import type { Client, Delegation } from "../core/delegation.ts";
import type { CredentialSource } from "../credentials/sts.ts";
import { notFound, OperatorError, wrongState } from "../delegations/errors.ts";
import { recordChange, type Operator } from "../delegations/operator.ts";
import { grantsOf } from "../iam/intersect.ts";
import { sessionPolicy } from "../iam/session-policy.ts";
import type { Store } from "../store/store.ts";
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

/** Throws OperatorError where none may be issued, and whatever STS says where it refuses the session. */
export async function issueBedrockKey(
  { store, source, operator }: IssueParts,
  { delegation: name, client: clientName, expiresInSeconds }: KeyRequest,
): Promise<BedrockKey> {
  const { delegation, client, roleArn } = await entitled(store, name, clientName);
  const { externalId, session } = delegation;
  const assumed = await source.assumeRole({
    region: delegation.region,
    roleArn,
    roleSessionName: `signet-${client.name}`,
    durationSeconds: session.durationSeconds,
    ...(externalId === undefined ? {} : { externalId }),
    policy: sessionPolicy(grantsOf(delegation, client), delegation, delegation.role),
    tags: session.tags,
    ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
  });
  const key = mintBedrockKey(assumed, {
    region: delegation.region,
    now: operator.clock.now(),
    expiresInSeconds,
  });
  await store.transaction((tables) =>
    recordChange(tables, operator, {
      action: "bedrock-key.mint",
      subject: `client/${client.name}`,
      before: null,
      after: { delegation: name, region: key.region, expiresAt: new Date(key.expiresAt).toISOString() },
    }),
  );
  return key;
}

/** The delegation and client, if they may have a key now. Throws OperatorError. */
export async function entitled(
  store: Store,
  name: string,
  clientName: string,
): Promise<{ delegation: Delegation; client: Client; roleArn: string }> {
  const [delegation, client] = await Promise.all([
    store.delegations.get(name),
    store.clients.get(clientName),
  ]);
  if (!delegation) throw notFound("delegation", name);
  if (!client) throw notFound("client", clientName);
  if (delegation.state !== "active") throw wrongState("delegation", `${name} is ${delegation.state}`);
  if (client.revokedAt !== undefined) throw wrongState("client", `${clientName} is revoked`);
  if (!client.delegations.some((entry) => entry.delegation === name))
    throw new OperatorError("invalid", [
      { field: "client", message: `${clientName} doesn't belong to ${name}` },
    ]);
  if (delegation.roleArn === undefined)
    throw wrongState(
      "delegation",
      `${name} has no role: a key of Signet's own credentials could do all that they can`,
    );
  if (!delegation.role.bedrockApiKeys)
    throw wrongState(
      "delegation",
      `${name} allows no Bedrock API keys: signet delegation edit ${name} --bedrock-api-keys, then its role's policy`,
    );
  return { delegation, client, roleArn: delegation.roleArn };
}
