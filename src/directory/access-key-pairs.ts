/** Opens the secrets of access-key pairs for the directory, and logs why if it can't. */
import type { AccessKeyPair } from "../core/delegation.ts";
import { SealError, type MasterKey } from "../core/seal.ts";
import type { Secret } from "../core/secret.ts";
import type { Log } from "../core/log.ts";

/** The SecretAccessKey; undefined if it can't be opened: the pair is then refused like an unknown one. */
export type OpenPair = (pair: AccessKeyPair) => Secret | undefined;

/** Each reason is logged once: there may be thousands of pairs. */
export function pairOpener(masterKey: MasterKey | undefined, log: Pick<Log, "warn">): OpenPair {
  const logged = new Set<string>();
  const refused = (accessKeyId: string, reason: string) => {
    if (!logged.has(reason)) log.warn({ accessKeyId, reason }, "access-key pairs can't be used");
    logged.add(reason);
    return undefined;
  };
  return ({ accessKeyId, sealedSecret }) => {
    if (!masterKey) return refused(accessKeyId, "no master key is configured (accessKeyPairs)");
    try {
      return masterKey.open(accessKeyId, sealedSecret);
    } catch (thrown) {
      if (thrown instanceof SealError) return refused(accessKeyId, thrown.message);
      throw thrown;
    }
  };
}
