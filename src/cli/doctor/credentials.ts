/** Signet's base credentials: their source and lifetime. Only the key's last characters are shown. */
import { systemReasonOf } from "../../core/reason.ts";
import { failed, ok, warning, type Check, type Finding } from "./check.ts";
import type { Installation } from "./installation.ts";

const NONE =
  "give Signet an instance, task or pod role; or a profile (AWS_PROFILE); or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const LONG_LIVED =
  "prefer a role (EC2 instance profile, ECS task role, EKS Pod Identity, IRSA), whose credentials are short-lived";

export const credentialsCheck: Check = {
  name: "AWS credentials",
  overdue:
    "their source (instance metadata, a process, SSO) doesn't answer: check it, or configure another one",
  async run({ config, env, now }) {
    const { credentialChain } = await import("../../credentials/sts.ts");
    try {
      const chain = await credentialChain(config.aws.proxy);
      return [credentialsFinding(await chain(), env, now)];
    } catch (error) {
      return [failed(systemReasonOf(error), NONE)];
    }
  },
};

/** What the SDK found, without the secret parts. */
export interface Found {
  accessKeyId: string;
  sessionToken?: string | undefined;
  expiration?: Date | undefined;
  $source?: object | undefined;
}

/** The finding for these credentials; `now` in epoch milliseconds. */
export function credentialsFinding(found: Found, env: Installation["env"], now: number): Finding {
  const { accessKeyId, sessionToken, expiration } = found;
  const seen = `from ${sourceOf(found.$source ?? {}, env)}, key …${accessKeyId.slice(-4)}`;
  if (sessionToken === undefined) return warning(`${seen}, long-lived`, LONG_LIVED);
  if (expiration === undefined)
    return warning(
      `${seen}, a session with unknown expiry`,
      "Signet can't renew these: use a source that can, such as a role or a profile",
    );
  const until = expiration.toISOString();
  if (expiration.getTime() <= now)
    return failed(`${seen}, expired ${until}`, "renew them at their source, for SSO with `aws sso login`");
  return ok(`${seen}, until ${until}`);
}

/**
 * The SDK marks credentials with the features that produced them, including the last of a chain: the most specific
 * one comes first here. Source: the AWS SDKs' user-agent 2.1 features.
 */
const SOURCES: readonly [feature: string, source: string][] = [
  ["CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN", "web identity"],
  ["CREDENTIALS_PROFILE_SOURCE_PROFILE", "a role of another profile"],
  ["CREDENTIALS_PROFILE_NAMED_PROVIDER", "a role of a named source"],
  ["CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN", "web identity (EKS IRSA)"],
  ["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID", "web identity"],
  ["CREDENTIALS_ENV_VARS", "environment variables"],
  ["CREDENTIALS_SSO", "IAM Identity Center (SSO)"],
  ["CREDENTIALS_SSO_LEGACY", "IAM Identity Center (SSO)"],
  ["CREDENTIALS_LOGIN", "`aws login`"],
  ["CREDENTIALS_PROCESS", "a process"],
  ["CREDENTIALS_IMDS", "EC2 instance metadata"],
  ["CREDENTIALS_PROFILE", "an access key"],
];

function sourceOf(features: object, env: Installation["env"]): string {
  const names = Object.keys(features);
  const known = SOURCES.find(([feature]) => names.includes(feature))?.[1];
  const source = known ?? (names.includes("CREDENTIALS_HTTP") ? containerOf(env) : "AWS's default chain");
  const isProfile = names.some((name) => name.startsWith("CREDENTIALS_PROFILE"));
  return isProfile ? `profile ${env["AWS_PROFILE"] || "default"}: ${source}` : source;
}

/** EKS Pod Identity and ECS provide credentials over the same protocol; their addresses differ. */
function containerOf(env: Installation["env"]): string {
  const url = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "";
  if (/^http:\/\/(?:169\.254\.170\.23|\[fd00:ec2::23\])\//.test(url)) return "EKS Pod Identity";
  return url === "" ? "the ECS task role" : "the container's credential endpoint";
}
