/** `NO_PROXY`: which hosts are reached without the proxy. */
import { BlockList, isIP } from "node:net";

const LOCAL = new BlockList();
LOCAL.addSubnet("127.0.0.0", 8, "ipv4");
LOCAL.addSubnet("169.254.0.0", 16, "ipv4");
LOCAL.addAddress("::1", "ipv6");
LOCAL.addSubnet("fe80::", 10, "ipv6");
// The metadata services over IPv6: EC2 fd00:ec2::254, EKS Pod Identity fd00:ec2::23.
LOCAL.addSubnet("fd00:ec2::", 32, "ipv6");

/** This machine and the metadata services: never through a proxy. `host` in lower case, without brackets. */
export function isLocalHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || isWithin(LOCAL, host);
}

function isWithin(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 4 ? "ipv4" : "ipv6");
}

/** Whether a rule covers a host, as above, and a port. */
type NoProxyRule = (host: string, port: number) => boolean;

/**
 * `NO_PROXY` has no standard. As curl and Go read it: names stand for themselves and everything below them, with or
 * without a leading `.` or `*.`; addresses and CIDR blocks; `:port` after any; `*` for everything.
 */
export function noProxyRules(noProxy: string): NoProxyRule[] {
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map((entry) => ruleOf(entry.toLowerCase()));
}

function ruleOf(entry: string): NoProxyRule {
  if (entry === "*") return () => true;
  const [, bracketed, plain = "", only] = /^(?:\[(.*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain;
  const isPort = (port: number) => only === undefined || Number(only) === port;
  const [address = "", prefix] = name.split("/");
  const version = isIP(address);
  if (version !== 0) {
    const family = version === 4 ? "ipv4" : "ipv6";
    const list = new BlockList();
    list.addSubnet(address, prefix === undefined ? (version === 4 ? 32 : 128) : Number(prefix), family);
    return (host, port) => isPort(port) && isWithin(list, host);
  }
  const suffix = name.replace(/^\*?\./, "");
  return (host, port) => isPort(port) && (host === suffix || host.endsWith(`.${suffix}`));
}

/** What is wrong with a list of exceptions, if anything: an address block that isn't one. */
export function noProxyProblem(noProxy: string): string | undefined {
  try {
    noProxyRules(noProxy);
    return undefined;
  } catch {
    return "must be names, addresses and CIDR blocks, separated by commas, such as .example.com,10.0.0.0/8";
  }
}
