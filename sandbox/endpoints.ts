/** The service of a request on the one port: AWS has host names for that, here the path and the signature decide. */
import { compatibleRoute } from "./compatible/routes.ts";
import { claimedService } from "./sigv4/authorization.ts";
import type { SigningService } from "./sigv4/authorization.ts";
import { headerOf } from "./wire.ts";
import type { WireRequest } from "./wire.ts";

/** The services that an AWS Host header can name, with the region. */
const HOSTS = {
  bedrock: /^bedrock(?:-runtime)?(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)(?::\d+)?$/,
  "bedrock-mantle": /^bedrock-mantle\.([a-z0-9-]+)\.api\.aws(?::\d+)?$/,
  sts: /^sts(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)(?::\d+)?$/,
};

/**
 * The signature's service decides only between services that both have the path: a signature for the wrong one is
 * refused later. Unsigned requests for `/` are STS's.
 */
export function serviceOf(request: WireRequest): SigningService {
  const claimed = claimedService(request);
  if (claimed !== undefined && !Object.hasOwn(HOSTS, claimed)) return claimed;
  const host = headerOf(request, "host") ?? "";
  if (HOSTS["bedrock-mantle"].test(host)) return "bedrock-mantle";
  if (HOSTS.bedrock.test(host)) return "bedrock";
  const services = compatibleRoute(request)?.services;
  if (services !== undefined) return services.find((each) => each === claimed) ?? services[0];
  return request.path === "/" ? "sts" : "bedrock";
}

/** The Host header's region; null if it has none, like the sandbox's own address. */
export function hostRegion(request: WireRequest, service: SigningService): string | null {
  const host = headerOf(request, "host") ?? "";
  const pattern = service === "sts" || service === "bedrock-mantle" ? HOSTS[service] : HOSTS.bedrock;
  return pattern.exec(host)?.[1] ?? null;
}
