/** Whose credentials Signet has and where they come from, and whether AWS can be reached with them. */
import type { Config } from "../../config/schema.ts";
import { endpointOf, partitionOf } from "../../core/regions.ts";
import type { Delegation } from "../../core/delegation.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import { awsSource } from "../principal.ts";
import { failed, ok, reasonOf, skipped, warning, type Check, type Finding } from "./check.ts";

const TIMEOUT_MS = 5_000;
const NOTABLE_SKEW_MS = 60_000;
/** AWS refuses signatures that are further from its own time. */
const REFUSED_SKEW_MS = 5 * 60_000;

const NO_CREDENTIALS =
  "give Signet an instance, task or pod role, a profile (AWS_PROFILE), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

export const credentialsCheck: Check = {
  name: "AWS credentials",
  async run({ aws }) {
    const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
    try {
      const found = await fromNodeProviderChain()();
      const expiry = found.expiration ? `, until ${found.expiration.toISOString()}` : "";
      const seen = `${sourceOf(found)}, key …${found.accessKeyId.slice(-4)}${expiry}`;
      const identity = await identityFinding(aws);
      if (found.sessionToken !== undefined) return [ok(seen), identity];
      return [
        warning(seen, "these are long-lived: prefer a role, whose credentials expire by themselves"),
        identity,
      ];
    } catch (error) {
      return [failed(reasonOf(error), NO_CREDENTIALS)];
    }
  },
};

/** The SDK marks credentials with the features that brought them. Source: the AWS SDKs' user-agent features. */
const SOURCES: [string, string][] = [
  ["CREDENTIALS_ENV_VARS", "environment variables"],
  ["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID", "web identity (IRSA)"],
  ["CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN", "web identity (IRSA)"],
  ["CREDENTIALS_HTTP", "container (ECS, EKS Pod Identity)"],
  ["CREDENTIALS_IMDS", "instance metadata"],
  ["CREDENTIALS_SSO", "single sign-on"],
  ["CREDENTIALS_SSO_LEGACY", "single sign-on"],
  ["CREDENTIALS_PROCESS", "a process"],
  ["CREDENTIALS_PROFILE", "a profile"],
];

function sourceOf(found: object): string {
  const features: object = "$source" in found && found.$source ? found.$source : {};
  return `from ${SOURCES.find(([feature]) => Object.hasOwn(features, feature))?.[1] ?? "AWS's default chain"}`;
}

async function identityFinding(aws: Config["aws"]): Promise<Finding> {
  if (aws.region === undefined) return skipped("whose they are: no region is configured");
  try {
    const { arn } = await (await awsSource(aws)).identity(aws.region);
    if (arn.endsWith(":root"))
      return failed(
        arn,
        "never use the root user: make a user or role that may only assume the delegated roles",
      );
    const named = aws.principalArn;
    if (named !== undefined && !sameIdentity(named, arn))
      return failed(
        `${arn}, but aws.principalArn is ${named}`,
        "roles trust what aws.principalArn names: set it to this identity, or use that one's credentials",
      );
    return ok(arn);
  } catch (error) {
    return failed(reasonOf(error), "STS refused them or can't be reached: see the checks below");
  }
}

/** A session's ARN tells its role's account and name, but not its path. */
function sameIdentity(named: string, arn: string): boolean {
  const [, , , , account, resource = ""] = named.split(":");
  const name = resource.slice(resource.lastIndexOf("/") + 1);
  return arn === named || arn.includes(`::${account}:assumed-role/${name}/`);
}

export const regionCheck: Check = {
  name: "region",
  async run({ aws }) {
    if (aws.region === undefined)
      return [warning("none is configured", "set aws.region or AWS_REGION, or name one for each delegation")];
    return [ok(`${aws.region}, partition ${partitionOf(aws.region)}`)];
  },
};

export const stsCheck: Check = {
  name: "STS and clock",
  async run(config) {
    const origins = await originsOf(config, (region) => stsOrigin(config, region));
    if (origins.length === 0) return [skipped("no region is configured, and no delegation has one")];
    const findings = await Promise.all(origins.map(reached));
    const dated = findings.find(({ date }) => date !== undefined)?.date;
    return [...findings.map(({ finding }) => finding), clockFinding(dated, Date.now())];
  },
};

export const bedrockCheck: Check = {
  name: "Bedrock",
  async run(config) {
    const origins = await originsOf(config, (region) => [
      config.aws.endpoints.bedrockRuntime ?? endpointOf("bedrock-runtime", region, config.aws),
    ]);
    if (origins.length === 0) return [skipped("no region is configured, and no delegation has one")];
    return (await Promise.all(origins.map(reached))).map(({ finding }) => finding);
  },
};

function stsOrigin({ aws }: Config, region: string): string[] {
  if (aws.endpoints.sts !== undefined) return [aws.endpoints.sts];
  const suffix = partitionOf(region) === "aws-eusc" ? "amazonaws.eu" : "amazonaws.com";
  return [`https://sts${aws.fips ? "-fips" : ""}.${region}.${suffix}`];
}

async function originsOf(config: Config, originIn: (region: string) => string[]): Promise<string[]> {
  const regions = new Set([
    ...(config.aws.region === undefined ? [] : [config.aws.region]),
    ...(await delegationsOf(config)).map(({ region }) => region),
  ]);
  return [...new Set([...regions].flatMap(originIn))];
}

/** Those that are not revoked; none where there is no store to read. */
export async function delegationsOf(config: Config): Promise<Delegation[]> {
  try {
    const store = await openSqliteStore(config.store.file, { mustExist: true });
    try {
      return (await store.delegations.list()).filter(({ state }) => state !== "revoked");
    } finally {
      await store.close();
    }
  } catch {
    return [];
  }
}

/** Any answer will do: it came from there. */
async function reached(origin: string): Promise<{ finding: Finding; date?: string }> {
  try {
    const answer = await fetch(origin, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.body?.cancel();
    const date = answer.headers.get("date");
    return { finding: ok(`${origin} answers`), ...(date === null ? {} : { date }) };
  } catch (error) {
    return { finding: failed(`${origin}: ${reasonOf(error)}`, mendFor(reasonOf(error))) };
  }
}

function mendFor(reason: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(reason))
    return "the name doesn't resolve: check DNS, or the VPC endpoint's private DNS";
  if (/CERT|certificate|self-signed|UNABLE_TO/i.test(reason))
    return "TLS is intercepted or the CA is unknown: NODE_EXTRA_CA_CERTS names one that Signet shall trust";
  return "let this machine reach it: routes, firewall, or a VPC endpoint named in aws.endpoints (Signet uses no HTTP proxy)";
}

function clockFinding(date: string | undefined, now: number): Finding {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return skipped("clock: STS told no time");
  const skew = now - theirs;
  const seen = `clock: ${Math.round(Math.abs(skew) / 1000)} s ${skew < 0 ? "behind" : "ahead of"} AWS's`;
  const mend = "keep this machine's time by NTP (169.254.169.123 on EC2)";
  if (Math.abs(skew) > REFUSED_SKEW_MS) return failed(seen, mend);
  return Math.abs(skew) > NOTABLE_SKEW_MS ? warning(seen, mend) : ok(seen);
}
