/**
 * Which connections go through the operator's HTTPS proxy. Loopback and link-local addresses never do: the sandbox, a
 * tunnel, and the metadata services of EC2, ECS and EKS, whose credentials a proxy must not see.
 */
import { isLocalHost, noProxyRules } from "../core/no-proxy.ts";
import { Secret } from "../core/secret.ts";

/** As configured under `aws.proxy`. */
export interface ProxySettings {
  /** `http://` or `https://`, a host, a port; user name and password if the proxy requires them. */
  url?: Secret;
  /** Hosts that are reached directly, in the form of `NO_PROXY`. */
  noProxy?: string;
}

export interface Proxy {
  /** `http://proxy.example.com:3128`: without user name and password. */
  name: string;
  host: string;
  port: number;
  /** Whether the connection to the proxy itself is encrypted. */
  tls: boolean;
  /** The Proxy-Authorization header. */
  authorization?: Secret;
}

/** The proxy for a host (IPv6 with or without brackets) and a port; undefined if it is reached directly. */
export type ProxyFor = (host: string, port: number) => Proxy | undefined;

/** Undefined if no proxy is configured. */
export function proxyFor({ url, noProxy = "" }: ProxySettings = {}): ProxyFor | undefined {
  if (url === undefined) return undefined;
  const proxy = proxyOf(url);
  const exceptions = noProxyRules(noProxy);
  return (host, port) => {
    const name = host
      .replace(/^\[|\]$/g, "")
      .replace(/\.$/, "")
      .toLowerCase();
    return isLocalHost(name) || exceptions.some((matches) => matches(name, port)) ? undefined : proxy;
  };
}

function proxyOf(secret: Secret): Proxy {
  const { protocol, hostname, port, username, password, origin } = new URL(secret.reveal());
  const tls = protocol === "https:";
  const proxy = {
    name: origin,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (tls ? 443 : 80),
    tls,
  };
  if (username === "") return proxy;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { ...proxy, authorization: new Secret(`Basic ${Buffer.from(pair).toString("base64")}`) };
}
