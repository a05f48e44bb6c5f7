/** Configurations in Flashback that hold Signet's keys: created and validated, updated after rotations, removed. */
import type { AiLlmType, FlashbackConnection } from "../store/flashback.ts";
import { messageOf } from "../core/reason.ts";
import { recordChange, type Operator } from "../registry/operator.ts";
import type { Store, Tables } from "../store/store.ts";
import { flashbackEndpoint, requireKindFor, type Presented } from "./fields.ts";
import { FlashbackError, type AiLlm, type Platform } from "./platform.ts";

export interface FlashbackParts {
  store: Store;
  platform: Platform;
  operator: Operator;
}

export interface ConnectInput extends Presented {
  type: AiLlmType;
  name: string;
  workspaceId: string;
  publicUrl: string;
  /** The key's public id. */
  key: string;
}

/**
 * Creates a configuration and has Flashback validate it. All or nothing: if the validation fails or the connection
 * can't be stored, the configuration is removed again. Throws FlashbackError, OperatorError or StoreError.
 */
export async function connectFlashback(
  { store, platform, operator }: FlashbackParts,
  input: ConnectInput,
  onStep: (step: string) => void,
): Promise<FlashbackConnection> {
  const { type: aiType, name, workspaceId, secret, accessKeyId, key } = input;
  requireKindFor(aiType, input);
  const endpoint = flashbackEndpoint(aiType, input.publicUrl);
  onStep("creating the configuration in Flashback");
  const apiKey = accessKeyId === undefined ? {} : { key: accessKeyId };
  const aiLlmId = await create(platform, { name, aiType, endpoint, ...apiKey, secret, workspaceId });
  try {
    onStep(`having Flashback validate it by calling ${endpoint}`);
    await validate(platform, aiLlmId);
    const connection: FlashbackConnection = {
      aiLlmId,
      name,
      aiType,
      endpoint,
      workspaceId,
      platformUrl: platform.url,
      key,
      createdAt: operator.clock.now(),
    };
    await store.transaction(async (tables) => {
      await tables.flashback.add(connection);
      await recorded(tables, operator, "connect", { before: null, after: connection });
    });
    return connection;
  } catch (error) {
    onStep("removing the configuration again");
    await removeAgain(platform, aiLlmId, error);
    throw error;
  }
}

async function create(platform: Platform, configuration: AiLlm): Promise<string> {
  try {
    return await platform.create(configuration);
  } catch (error) {
    if (!(error instanceof FlashbackError) || isRefusal(error)) throw error;
    // It may have been created, but its id, by which it could be removed, is lost with the answer.
    const name = JSON.stringify(configuration.name);
    throw new FlashbackError(
      error.status,
      `${error.message}; if ${name} was created anyway, remove it in Flashback`,
    );
  }
}

function isRefusal({ status }: FlashbackError): boolean {
  return status >= 300 && status < 500;
}

function isGone(error: unknown): boolean {
  return error instanceof FlashbackError && error.status === 404;
}

async function validate(platform: Platform, aiLlmId: string): Promise<void> {
  const { success, message } = await platform.validate(aiLlmId);
  if (!success)
    throw new FlashbackError(200, `Flashback's validation failed: ${message || "no reason given"}`);
}

async function removeAgain(platform: Platform, aiLlmId: string, because: unknown): Promise<void> {
  try {
    await platform.remove(aiLlmId);
  } catch (error) {
    if (isGone(error)) return;
    const reason = messageOf(because);
    const also = messageOf(error);
    throw new FlashbackError(
      error instanceof FlashbackError ? error.status : 0,
      `${reason}; the configuration ${aiLlmId} could not be removed from Flashback, remove it there: ${also}`,
    );
  }
}

/** What happened to one configuration. */
export interface Followed {
  connection: FlashbackConnection;
  result: "updated" | "removed" | "forgotten" | "failed";
  /** Why it failed. */
  message?: string;
}

/** After a rotation: each configuration that holds the old key gets the new one, and is validated. */
export async function keyRotated(
  parts: FlashbackParts,
  old: string,
  issued: Presented & { key: string },
): Promise<Followed[]> {
  const { store, platform, operator } = parts;
  return follow(parts, old, async (connection) => {
    const { accessKeyId, secret } = issued;
    await platform.update(connection.aiLlmId, {
      ...(accessKeyId === undefined ? {} : { key: accessKeyId }),
      secret,
    });
    await store.transaction(async (tables) => {
      await tables.flashback.setKey(connection.aiLlmId, issued.key);
      const after = { ...connection, key: issued.key };
      await recorded(tables, operator, "rotate", { before: connection, after });
    });
    await validate(platform, connection.aiLlmId);
    return "updated";
  });
}

/** After a revocation: each configuration that holds the key is removed. */
export async function keyRevoked(parts: FlashbackParts, key: string): Promise<Followed[]> {
  return follow(parts, key, (connection) => removed(parts, connection));
}

/** Removes one configuration, even if Flashback no longer has it. Throws FlashbackError or StoreError. */
export async function disconnectFlashback(
  parts: FlashbackParts,
  connection: FlashbackConnection,
): Promise<void> {
  await unlessGone(parts, connection, () => removed(parts, connection));
}

async function removed(parts: FlashbackParts, connection: FlashbackConnection): Promise<"removed"> {
  await parts.platform.remove(connection.aiLlmId);
  await forget(parts, connection);
  return "removed";
}

async function forget(
  { store, operator }: Pick<FlashbackParts, "store" | "operator">,
  connection: FlashbackConnection,
): Promise<void> {
  await store.transaction(async (tables) => {
    await tables.flashback.remove(connection.aiLlmId);
    await recorded(tables, operator, "disconnect", { before: connection, after: {} });
  });
}

async function recorded(
  tables: Tables,
  operator: Operator,
  what: "connect" | "rotate" | "disconnect",
  { before, after }: { before: FlashbackConnection | null; after: FlashbackConnection | object },
): Promise<void> {
  const aiLlmId = before?.aiLlmId ?? ("aiLlmId" in after ? after.aiLlmId : "");
  await recordChange(tables, operator, {
    action: `flashback.${what}`,
    subject: `flashback/${aiLlmId}`,
    before,
    after,
  });
}

/** A failure of one configuration never affects the others. */
async function follow(
  parts: FlashbackParts,
  key: string,
  work: (connection: FlashbackConnection) => Promise<"updated" | "removed">,
): Promise<Followed[]> {
  const followed: Followed[] = [];
  for (const connection of await parts.store.flashback.list({ key })) {
    try {
      followed.push({
        connection,
        result: await unlessGone(parts, connection, () => work(connection)),
      });
    } catch (error) {
      const message = messageOf(error);
      followed.push({ connection, result: "failed", message });
    }
  }
  return followed;
}

/** A configuration that Flashback no longer has is forgotten; one of another platform is left alone. */
async function unlessGone<Result extends string>(
  parts: FlashbackParts,
  connection: FlashbackConnection,
  work: () => Promise<Result>,
): Promise<Result | "forgotten"> {
  const { platformUrl } = connection;
  const { url } = parts.platform;
  if (platformUrl !== url)
    throw new FlashbackError(0, `it was created at ${platformUrl}, but ${url} is configured`);
  try {
    return await work();
  } catch (error) {
    if (!isGone(error)) throw error;
    await forget(parts, connection);
    return "forgotten";
  }
}
