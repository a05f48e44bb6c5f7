/** Anthropic's Messages API. */
import type { ProtocolModule } from "../protocol.ts";
import { renderFailure } from "./errors.ts";
import { limitHeaders } from "./limit-headers.ts";
import { claims, match } from "./routes.ts";

export const ANTHROPIC: ProtocolModule = {
  name: "anthropic",
  claims,
  match,
  renderFailure,
  limitHeaders,
  requestIdHeader: "request-id",
};
