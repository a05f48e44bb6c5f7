/** AWS as Signet reaches it: region, own identity, endpoints. */
import { z } from "zod";
import { partitionOf } from "../core/regions.ts";
import { Secret } from "../core/secret.ts";
import { noProxyProblem } from "../core/no-proxy.ts";
import { LOOPBACK, setting, yesNo } from "./setting.ts";

const region = z
  .string()
  .refine((text) => partitionOf(text) !== undefined, "must be an AWS region such as us-east-1");

/** An origin that Signet may send signed calls to. Plain text only on this machine: the sandbox, a tunnel. */
const endpoint = z.string().superRefine((text, context) => {
  const problem = endpointProblem(text);
  if (problem) context.addIssue({ code: "custom", message: problem });
});

function endpointProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url) return "must be a URL such as https://vpce-….amazonaws.com";
  if (url.username || url.password) return "must not contain a user name or a password";
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname)))
    return "must begin with https:// (http:// only for this machine: localhost, 127.0.0.1, [::1])";
  if (url.pathname !== "/" || url.search || url.hash) return "must be an origin: no path, query or fragment";
  return undefined;
}

/** `HTTPS_PROXY` is often written without a scheme. */
function proxyUrl(text: string): URL | null {
  return URL.parse(text.includes("://") ? text : `http://${text}`);
}

const hasPassword = (given: unknown) => typeof given === "string" && (proxyUrl(given)?.username ?? "") !== "";

/** Shown without user name and password. */
const proxy = z.strictObject({
  url: setting(
    z.string().transform((text, context) => {
      const url = proxyUrl(text);
      const isProxy = url !== null && /^https?:$/.test(url.protocol) && /^\/?$/.test(url.pathname);
      if (isProxy && isEncoded(url)) return new Secret(url.href, url.origin);
      const message =
        "must be http:// or https:// with a host and a port, such as http://proxy.example.com:3128; user name and password percent-encoded";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }),
    ["SIGNET_AWS_PROXY_URL", "https_proxy", "HTTPS_PROXY"],
    "HTTPS proxy for everything that goes to AWS. User name and password only in the environment.",
    { derived: "none", isSecret: hasPassword },
  ).exactOptional(),
  noProxy: setting(
    z.string().superRefine((text, context) => {
      const message = noProxyProblem(text);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    }),
    ["SIGNET_AWS_PROXY_NO_PROXY", "no_proxy", "NO_PROXY"],
    "What is reached without the proxy: names with all below them, addresses, CIDR blocks, `*`; with commas between.",
    { derived: "loopback and link-local addresses, always" },
  ).exactOptional(),
});

function isEncoded({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

export const aws = z.strictObject({
  region: setting(region, ["AWS_REGION", "AWS_DEFAULT_REGION"], "Default region of new delegations.", {
    derived: "none",
  }).exactOptional(),
  principalArn: setting(
    z
      .string()
      .regex(
        /^arn:(?:aws|aws-us-gov|aws-eusc):iam::[0-9]{12}:(?:user|role)\/[!-~]{1,600}$/,
        "must be the ARN of a user or role such as arn:aws:iam::111122223333:role/signet",
      ),
    "SIGNET_AWS_PRINCIPAL_ARN",
    "Signet's own identity, as the roles' trust policies name it.",
    { derived: "from STS" },
  ).exactOptional(),
  geographies: setting(
    z
      .string()
      .regex(
        /^[a-z][a-z-]{1,30}(?:, ?[a-z][a-z-]{1,30})*$/,
        "must be first parts of profile ids such as sa, me",
      ),
    "SIGNET_AWS_GEOGRAPHIES",
    "Geographies of inference profiles (`sa` in `sa.vendor.model`) that this version doesn't know, separated by commas.",
    { derived: "none" },
  ).exactOptional(),
  fips: setting(yesNo, "AWS_USE_FIPS_ENDPOINT", "Use FIPS endpoints.").default(false),
  dualstack: setting(yesNo, "AWS_USE_DUALSTACK_ENDPOINT", "Use dual-stack (IPv6) endpoints.").default(false),
  proxy: proxy.prefault({}),
  endpoints: z
    .strictObject({
      sts: setting(endpoint, ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"], "Endpoint of STS.", {
        derived: "by region",
      }).exactOptional(),
      bedrockRuntime: setting(
        endpoint,
        ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"],
        "Endpoint of `bedrock-runtime`.",
        { derived: "by region" },
      ).exactOptional(),
      bedrock: setting(endpoint, ["AWS_ENDPOINT_URL_BEDROCK", "AWS_ENDPOINT_URL"], "Endpoint of `bedrock`.", {
        derived: "by region",
      }).exactOptional(),
      bedrockMantle: setting(
        endpoint,
        ["AWS_ENDPOINT_URL_BEDROCK_MANTLE", "AWS_ENDPOINT_URL"],
        "Endpoint of `bedrock-mantle`.",
        { derived: "by region" },
      ).exactOptional(),
      kms: setting(endpoint, ["AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL"], "Endpoint of KMS.", {
        derived: "by region",
      }).exactOptional(),
      others: setting(
        endpoint,
        "AWS_ENDPOINT_URL",
        "Endpoint of the services that `delegation verify --deep` calls.",
        { derived: "by region" },
      ).exactOptional(),
    })
    .prefault({}),
});
