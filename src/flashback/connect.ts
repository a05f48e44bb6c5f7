/** Configurations in Flashback that hold Signet's keys: made and validated, kept in step with rotations, removed. */
import type { Clock } from "../core/clock.ts";
import type { AiLlmType, FlashbackConnection } from "../core/flashback.ts";
import type { Secret } from "../core/secret.ts";
import type { Store } from "../store/store.ts";
import { flashbackEndpoint } from "./fields.ts";
import { FlashbackError, type Platform } from "./platform.ts";

export interface ConnectInput {
  type: AiLlmType;
  name: string;
  workspaceId: string;
  publicUrl: string;
  /** The key's public id, and its secret. */
  key: string;
  secret: Secret;
}

/**
 * Makes a configuration and lets Flashback validate it. All or nothing: where the validation fails or the connection
 * can't be stored, the configuration is removed again. Throws FlashbackError, OperatorError or StoreError.
 */
export async function connectFlashback(
  { store, platform, clock }: { store: Store; platform: Platform; clock: Clock },
  input: ConnectInput,
  onStep: (step: string) => void,
): Promise<FlashbackConnection> {
  const endpoint = flashbackEndpoint(input.type, input.publicUrl);
  const { type: aiType, name, workspaceId, secret, key } = input;
  onStep("making the configuration in Flashback");
  const aiLlmId = await platform.create({ name, aiType, endpoint, secret, workspaceId });
  try {
    onStep(`Flashback validates it by calling ${endpoint}`);
    await validate(platform, aiLlmId);
    const connection: FlashbackConnection = {
      aiLlmId,
      name,
      aiType,
      endpoint,
      workspaceId,
      platformUrl: platform.url,
      key,
      createdAt: clock.now(),
    };
    await store.flashback.add(connection);
    return connection;
  } catch (error) {
    onStep("removing the configuration again");
    await removeAgain(platform, aiLlmId, error);
    throw error;
  }
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
    const reason = because instanceof Error ? because.message : String(because);
    const also = error instanceof Error ? error.message : String(error);
    throw new FlashbackError(
      error instanceof FlashbackError ? error.status : 0,
      `${reason}; the configuration ${aiLlmId} is left in Flashback, remove it there: ${also}`,
    );
  }
}

/** What became of one configuration. */
export interface Followed {
  connection: FlashbackConnection;
  result: "updated" | "removed" | "forgotten" | "failed";
  /** Why it failed. */
  message?: string;
}

/** After a rotation: each configuration that holds the old key gets the new one, and is validated. */
export async function keyRotated(
  store: Store,
  platform: Platform,
  old: string,
  issued: { key: string; secret: Secret },
): Promise<Followed[]> {
  return follow({ store, platform }, old, async (connection) => {
    await platform.update(connection.aiLlmId, { secret: issued.secret });
    await store.flashback.setKey(connection.aiLlmId, issued.key);
    await validate(platform, connection.aiLlmId);
    return "updated";
  });
}

/** After a revocation: each configuration that holds the key is removed. */
export async function keyRevoked(store: Store, platform: Platform, key: string): Promise<Followed[]> {
  return follow({ store, platform }, key, async ({ aiLlmId }) => {
    await platform.remove(aiLlmId);
    await store.flashback.remove(aiLlmId);
    return "removed";
  });
}

/** One configuration's trouble never keeps the others from their turn; what Flashback no longer has is forgotten. */
async function follow(
  { store, platform }: { store: Store; platform: Platform },
  key: string,
  work: (connection: FlashbackConnection) => Promise<"updated" | "removed">,
): Promise<Followed[]> {
  const followed: Followed[] = [];
  for (const connection of await store.flashback.list({ key })) {
    try {
      if (connection.platformUrl !== platform.url)
        throw new FlashbackError(
          0,
          `it was made at ${connection.platformUrl}, and ${platform.url} is configured`,
        );
      followed.push({ connection, result: await work(connection) });
    } catch (error) {
      if (error instanceof FlashbackError && error.status === 404) {
        await store.flashback.remove(connection.aiLlmId);
        followed.push({ connection, result: "forgotten" });
      } else {
        const message = error instanceof Error ? error.message : String(error);
        followed.push({ connection, result: "failed", message });
      }
    }
  }
  return followed;
}
