/** Opens the secrets of access-key pairs for the directory; says in the log where that can't be done. */
import type { AccessKeyPair } from "../core/delegation.ts";
import { SealError, type MasterKey } from "../core/seal.ts";
import type { Secret } from "../core/secret.ts";
import type { Log } from "../core/log.ts";

/** The SecretAccessKey; undefined where it can't be had: the pair is then refused as an unknown one. */
export type OpenPair = (pair: AccessKeyPair) => Secret | undefined;

/** Each reason is logged once: there may be thousands of pairs. */
export function pairOpener(masterKey: MasterKey | undefined, log: Pick<Log, "warn">): OpenPair {
  const told = new Set<string>();
  const refused = (accessKeyId: string, reason: string) => {
    if (!told.has(reason)) log.warn({ accessKeyId, reason }, "access-key pairs can't be used");
    told.add(reason);
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
