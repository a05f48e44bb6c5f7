/** The configured client of Flashback's platform API. */
import { readFileSync } from "node:fs";
import type { Config } from "../config/schema.ts";
import { messageOf } from "../core/reason.ts";
import { Secret } from "../core/secret.ts";
import { OperatorError } from "../registry/errors.ts";
import type { Platform } from "./platform.ts";

/** Throws OperatorError naming the missing settings. */
export async function platformFor(flashback: Config["flashback"]): Promise<Platform> {
  const missing = (["url", "tokenFile"] as const).filter((name) => flashback[name] === undefined);
  if (flashback.url === undefined || flashback.tokenFile === undefined)
    throw new OperatorError(
      "invalid",
      missing.map((name) => ({ field: `flashback.${name}`, message: "must be configured" })),
    );
  const { flashbackPlatform } = await import("./platform.ts");
  return flashbackPlatform({ url: flashback.url, token: tokenIn(flashback.tokenFile) });
}

function tokenIn(file: string): Secret {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw unusableToken(`can't be read: ${messageOf(error)}`);
  }
  const token = text.split("\n", 1)[0]?.trim() ?? "";
  if (!/^[\x21-\x7e]+$/.test(token)) throw unusableToken("must hold the platform token on its first line");
  return new Secret(token);
}

function unusableToken(message: string): OperatorError {
  return new OperatorError("invalid", [{ field: "flashback.tokenFile", message }]);
}
