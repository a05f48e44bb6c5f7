/** AWS credentials in memory. `secretAccessKey` and `sessionToken` redact themselves when printed. */
import type { Secret } from "./secret.ts";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: Secret;
  sessionToken?: Secret;
}
