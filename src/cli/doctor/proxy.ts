/** The HTTPS proxy for AWS. Whether AWS is reached through it is shown by the checks of STS and Bedrock. */
import { noProxyRules } from "../../core/no-proxy.ts";
import { ok, warning, type Check, type Finding } from "./check.ts";
import type { Installation } from "./installation.ts";

export const proxyCheck: Check = {
  name: "HTTPS proxy",
  overdue: "run it again",
  async run({ config: { aws }, env }) {
    const { url, noProxy } = aws.proxy;
    const except = noProxy === undefined ? "" : `; directly: ${noProxy}`;
    const used = url === undefined ? "none" : `${String(url)} for everything that goes to AWS${except}`;
    return [ok(used), ...metadataFindings(env)];
  },
};

/**
 * Node's own proxy support also covers the SDK's requests to the instance metadata service. Source: Node's
 * documentation, "Built-in Proxy Support"; the AWS CLI's user guide, "Using an HTTP proxy on Amazon EC2 instances".
 */
function metadataFindings(env: Installation["env"]): Finding[] {
  const proxy = env["http_proxy"] || env["HTTP_PROXY"];
  if (!env["NODE_USE_ENV_PROXY"] || !proxy) return [];
  const direct = noProxyRules(env["no_proxy"] || env["NO_PROXY"] || "");
  if (direct.some((matches) => matches("169.254.169.254", 80))) return [];
  return [
    warning(
      "NODE_USE_ENV_PROXY is set: Node sends the request for EC2's instance credentials through HTTP_PROXY",
      "add 169.254.169.254 to NO_PROXY, or unset HTTP_PROXY",
    ),
  ];
}
