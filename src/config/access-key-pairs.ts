/** The settings of access-key pairs: where the master key that seals their secrets comes from. */
import { z } from "zod";
import { masterKeyBytes } from "../core/seal.ts";
import { Secret } from "../core/secret.ts";
import { path, setting } from "./setting.ts";

export const accessKeyPairs = z
  .strictObject({
    masterKey: setting(
      z.string().transform((text, context) => {
        if (masterKeyBytes(text)) return new Secret(text);
        context.addIssue({ code: "custom", message: "must be 32 bytes in base64 (`signet master-key`)" });
        return z.NEVER;
      }),
      "SIGNET_MASTER_KEY",
      "Master key that seals the secrets of access-key pairs. Never in the file.",
      { derived: "none: no access-key pairs", isSecret: true },
    ).exactOptional(),
    masterKeyFile: setting(path, "SIGNET_MASTER_KEY_FILE", "File whose first line is the master key.", {
      derived: "none",
      isPath: true,
    }).exactOptional(),
    kmsEncryptedKeyFile: setting(
      path,
      "SIGNET_KMS_ENCRYPTED_KEY_FILE",
      "File with the master key encrypted by AWS KMS, in base64; decrypted at startup in `aws.region`.",
      { derived: "none", isPath: true },
    ).exactOptional(),
  })
  .superRefine((sources, context) => {
    const [, ...more] = Object.keys(sources);
    for (const name of more)
      context.addIssue({
        code: "custom",
        path: [name],
        message: "only one source of the master key may be set",
      });
  });
