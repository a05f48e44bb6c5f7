/** Whether a host can be reached as the gateway reaches Bedrock: the same HTTP client, no proxy. */
import { Agent, errors, request } from "undici";
import { codeOf, systemReasonOf } from "../../core/reason.ts";
import type { CliContext } from "../context.ts";

/** What a check depends on besides the configuration. */
export type Surroundings = Pick<CliContext, "env" | "clock">;

/** Any HTTP answer counts. */
export interface Reached {
  origin: string;
  /** This machine's time minus that of the answer's Date header, in whole seconds. */
  skewMs?: number;
  trouble?: { reason: string; fix: string };
}

export interface Destination {
  origin: string;
  /** The setting that names another endpoint: `aws.endpoints.sts`. */
  setting: string;
}

export const REACH_MS = 4_500;

/** Settles within `REACH_MS`; never rejects. */
export async function reach(destination: Destination, { env, clock }: Surroundings): Promise<Reached> {
  const { origin } = destination;
  const dispatcher = new Agent({ allowH2: false, pipelining: 0 });
  try {
    const signal = AbortSignal.timeout(REACH_MS);
    const { headers, body } = await request(origin, { dispatcher, signal });
    body.on("error", () => undefined).destroy();
    const skewMs = clock.now() - Date.parse(String(headers.date));
    return { origin, ...(Number.isNaN(skewMs) ? {} : { skewMs }) };
  } catch (error) {
    const reason = isTimeout(error) ? `no answer within ${REACH_MS / 1000} s` : systemReasonOf(error);
    return { origin, trouble: { reason, fix: fixFor(error, destination, env) } };
  } finally {
    await dispatcher.destroy();
  }
}

function isTimeout(error: unknown): boolean {
  return (error instanceof Error && error.name === "TimeoutError") || codeOf(error) === "ETIMEDOUT";
}

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO|^ERR_(?:TLS|SSL)|^EPROTO$/;

function fixFor(error: unknown, { origin, setting }: Destination, env: Surroundings["env"]): string {
  const { hostname } = new URL(origin);
  const code = codeOf(error) ?? "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `make ${hostname} resolve: check DNS, enable private DNS of the VPC endpoint, or set the endpoint in ${setting}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `set ${setting} to a host that the certificate names: a VPC endpoint's own name needs its own address`;
  if (TLS_CODES.test(code))
    return "a proxy or firewall answers with its own certificate: exempt AWS's hosts, or trust its CA with NODE_EXTRA_CA_CERTS";
  if (code === "ECONNREFUSED")
    return `nothing listens there: check ${setting}, the VPC endpoint and the firewall`;
  if (code === "UND_ERR_SOCKET" || code === "ECONNRESET")
    return "something between here and AWS cuts connections: check the firewall, the proxy and the VPC endpoint's policy";
  if (error instanceof errors.HTTPParserError)
    return `what listens there doesn't speak HTTP: check the scheme and port in ${setting}`;
  return `allow connections to ${hostname}: routes, security groups, firewall, or a VPC endpoint set in ${setting}${proxyNote(env)}`;
}

function proxyNote(env: Surroundings["env"]): string {
  const name = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((each) => env[each]);
  return name === undefined ? "" : ` (Signet doesn't use ${name})`;
}
