/** Google's Gemini API. */
import { commonLimitHeaders } from "../limit-headers.ts";
import type { ProtocolModule } from "../protocol.ts";
import { renderFailure } from "./errors.ts";
import { claims, match } from "./routes.ts";

export const GEMINI: ProtocolModule = {
  name: "gemini",
  claims,
  match,
  renderFailure,
  limitHeaders: commonLimitHeaders,
  // Google has none: Signet's own is sent.
  requestIdHeader: "x-signet-request-id",
  secretInQuery: "key",
};
