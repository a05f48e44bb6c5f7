/** Signs exactly the canonical target and the headers that go on the wire. Nothing is added or rewritten afterwards. */
import { isBidirectional } from "../core/operations.ts";
import { endpointOf } from "../core/regions.ts";
import type { Header } from "../sigv4/canonical-headers.ts";
import { EVENTS_PAYLOAD } from "../sigv4/events.ts";
import { signRequest } from "../sigv4/sign.ts";
import { signedCall } from "./advance.ts";
import type { Line, LineSettings } from "./line.ts";
import type { Recorded, Signed, Target } from "./stages.ts";

export function sign(line: Pick<Line, "settings" | "signingClock">, outbound: Recorded): Signed {
  const { call, session } = outbound;
  const { target } = call;
  const origin = originOf(line.settings.aws, target);
  const headers: Header[] = [["host", hostOf(origin)], ...call.outboundHeaders];
  const added = signRequest(
    {
      method: target.method,
      path: target.path,
      query: target.query,
      headers,
      body: outbound.body,
      ...(isBidirectional(target.operation) && { payloadHash: EVENTS_PAYLOAD }),
    },
    session.credentials,
    { region: target.region, service: target.service === "bedrock-mantle" ? "bedrock-mantle" : "bedrock" },
    line.signingClock.now(),
  );
  const signedHeaders: string[] = [];
  for (const [name, value] of headers) signedHeaders.push(name, value);
  for (const [name, value] of Object.entries(added)) signedHeaders.push(name, value);
  return signedCall(outbound, origin, signedHeaders);
}

/** The operator's endpoint, or AWS's own for the region. Callers can't influence it (T28). */
export function originOf(aws: LineSettings["aws"], { service, region }: Target): string {
  const { bedrock, bedrockRuntime, bedrockMantle } = aws.endpoints;
  const overrides = { bedrock, "bedrock-runtime": bedrockRuntime, "bedrock-mantle": bedrockMantle };
  return overrides[service] ?? endpointOf(service, region, aws);
}

const hosts = new Map<string, string>();

function hostOf(origin: string): string {
  const known = hosts.get(origin) ?? new URL(origin).host;
  hosts.set(origin, known);
  return known;
}
