/** Loaded into an old `signet` before its own code (`--import`): 32 random bytes are then the known ones. */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { KNOWN_BYTES } from "./known.ts";

const { randomBytes } = crypto;
Object.assign(crypto, {
  randomBytes: (size: number) => (size === KNOWN_BYTES.length ? Buffer.from(KNOWN_BYTES) : randomBytes(size)),
});
syncBuiltinESMExports();
