/** OpenAI's Chat Completions, Responses and Embeddings. */
import { commonLimitHeaders } from "../limit-headers.ts";
import type { ProtocolModule } from "../protocol.ts";
import { renderFailure } from "./errors.ts";
import { claims, match } from "./routes.ts";

export const OPENAI: ProtocolModule = {
  name: "openai",
  claims,
  match,
  renderFailure,
  limitHeaders: commonLimitHeaders,
  requestIdHeader: "x-request-id",
};
