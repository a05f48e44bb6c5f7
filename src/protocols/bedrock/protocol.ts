/** Bedrock's own API, which AWS's SDKs speak, relayed unchanged. */
import { commonLimitHeaders } from "../limit-headers.ts";
import type { ProtocolModule } from "../protocol.ts";
import { renderFailure } from "./errors.ts";
import { match } from "./routes.ts";

export const BEDROCK: ProtocolModule = {
  name: "bedrock",
  // The last in the registry: paths that no other protocol claims are AWS's.
  claims: () => true,
  match,
  renderFailure: (failure, id, upstreamId = id) => renderFailure(failure, upstreamId),
  limitHeaders: commonLimitHeaders,
  requestIdHeader: "x-amzn-requestid",
};
