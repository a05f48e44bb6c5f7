/** Whether a host can be reached as the gateway reaches Bedrock: the same HTTP client, through the same proxy. */
import { Agent, errors, request } from "undici";
import { codeOf, systemReasonOf } from "../../core/reason.ts";
import { connectorFor } from "../../proxy/clients.ts";
import { isForeign } from "../../proxy/foreign.ts";
import type { ProxyFor } from "../../proxy/proxy.ts";
import { isProxyCertificate, ProxyError } from "../../proxy/tunnel.ts";
import type { CliContext } from "../context.ts";

/** What a check depends on besides the configuration. */
export interface Surroundings extends Pick<CliContext, "env" | "clock"> {
  readonly proxies: ProxyFor | undefined;
}

/** Any HTTP answer counts, except a page of something in between. */
export interface Reached {
  origin: string;
  /** The proxy that was used. */
  via?: string;
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
export async function reach(destination: Destination, surroundings: Surroundings): Promise<Reached> {
  const { env, clock, proxies } = surroundings;
  const { origin } = destination;
  const { protocol, hostname, port } = new URL(origin);
  const proxy = protocol === "https:" ? proxies?.(hostname, Number(port) || 443) : undefined;
  const reached = { origin, ...(proxy && { via: proxy.name }) };
  const connect = connectorFor(proxies, REACH_MS);
  const dispatcher = new Agent({ allowH2: false, pipelining: 0, connect });
  try {
    const signal = AbortSignal.timeout(REACH_MS);
    const { statusCode, headers, body } = await request(origin, { dispatcher, signal });
    body.on("error", () => undefined).destroy();
    if (isForeign(headers)) return { ...reached, trouble: pageTrouble(statusCode, hostname) };
    const skewMs = clock.now() - Date.parse(String(headers.date));
    return { ...reached, ...(Number.isNaN(skewMs) ? {} : { skewMs }) };
  } catch (error) {
    const reason = reasonFor(error);
    return { ...reached, trouble: { reason, fix: fixFor(error, destination, env) } };
  } finally {
    await dispatcher.destroy();
  }
}

function reasonFor(error: unknown): string {
  if (isTimeout(error)) return `no answer within ${REACH_MS / 1000} s`;
  return error instanceof ProxyError ? error.message : systemReasonOf(error);
}

function isTimeout(error: unknown): boolean {
  return (error instanceof Error && error.name === "TimeoutError") || codeOf(error) === "ETIMEDOUT";
}

function pageTrouble(status: number, hostname: string) {
  return {
    reason: `HTTP ${status} with a web page, which isn't AWS's`,
    fix: `a proxy, firewall or sign-in page answers in place of AWS: let connections to ${hostname} pass unchanged`,
  };
}

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO|^ERR_(?:TLS|SSL)|^EPROTO$/;

function fixFor(error: unknown, { origin, setting }: Destination, env: Surroundings["env"]): string {
  const { hostname } = new URL(origin);
  if (error instanceof ProxyError) return proxyFix(error, hostname);
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
  return `allow connections to ${hostname}: routes, security groups, firewall; or an HTTPS proxy in aws.proxy.url, or a VPC endpoint in ${setting}${proxyNote(env)}`;
}

function proxyFix(error: ProxyError, hostname: string): string {
  if (error.status === 407)
    return "give user name and password, percent-encoded, in HTTPS_PROXY: http://user:password@proxy.example.com:3128";
  if (error.status === 502 || error.status === 503 || error.status === 504)
    return `the proxy can't reach ${hostname}: check its DNS and its upstream; for a VPC endpoint add ${hostname} to NO_PROXY`;
  if (error.status !== undefined)
    return `let the proxy open CONNECT to ${hostname}:443; for a VPC endpoint add ${hostname} to NO_PROXY`;
  if (isProxyCertificate(error)) return "trust the proxy's own certificate: its CA in NODE_EXTRA_CA_CERTS";
  return "check aws.proxy.url (HTTPS_PROXY): host, port, and http:// or https://; unset it if AWS is reached directly";
}

function proxyNote(env: Surroundings["env"]): string {
  const name = ["ALL_PROXY", "all_proxy"].find((each) => env[each]);
  return name === undefined ? "" : ` (Signet reads HTTPS_PROXY, not ${name})`;
}
