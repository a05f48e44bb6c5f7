/**
 * The two things Signet uses AWS's own SDK for: the base credentials by the default chain (environment, SSO, process,
 * ECS and EKS, IMDSv2, …) and STS. The SDK's packages load on first use because they are slow to load.
 */
import type { AssumeRoleCommandInput, STSClient } from "@aws-sdk/client-sts";
import type { fromNodeProviderChain as providerChain } from "@aws-sdk/credential-providers";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Credentials } from "../core/credentials.ts";
import { firstLine } from "../core/reason.ts";
import { Secret } from "../core/secret.ts";
import { TunnelAgent } from "../proxy/clients.ts";
import { proxyFor, type ProxySettings } from "../proxy/proxy.ts";

export interface Expiring {
  credentials: Credentials;
  /** Epoch milliseconds; Infinity for credentials that carry no expiry. */
  expiresAt: number;
}

export interface AssumeRoleRequest {
  region: string;
  roleArn: string;
  roleSessionName: string;
  durationSeconds: number;
  externalId?: string;
  /** The session policy; without one the session may do all that the role may. */
  policy?: string;
  tags: Record<string, string>;
  sourceIdentity?: string;
}

/** The identity behind credentials. Source: STS GetCallerIdentity. */
export interface CallerIdentity {
  arn: string;
  account: string;
}

export interface ScopedRequest {
  region: string;
  /** The session to narrow. */
  session: Credentials;
  policy: string;
}

/** Where credentials come from. All calls reject with AWS's or the SDK's error. */
export interface CredentialSource {
  base(): Promise<Expiring>;
  assumeRole(request: AssumeRoleRequest): Promise<Expiring>;
  /** The same session, which ends when it ends, narrowed by one more policy: STS GetScopedCredentials. */
  scoped(request: ScopedRequest): Promise<Expiring>;
}

/** The source that asks AWS. */
export interface AwsCredentialSource extends CredentialSource {
  /** The identity of the base credentials, from the region's STS. Rejects as the others do. */
  identity(region: string): Promise<CallerIdentity>;
}

export interface StsSettings {
  fips: boolean;
  dualstack: boolean;
  /** The operator's override of the regional endpoint (a VPC endpoint, the sandbox). */
  endpoint?: string;
  /** Explicit base credentials (the sandbox's) instead of the default chain. */
  base?: Credentials;
  /** For STS and for credential providers on the internet; never for metadata services. */
  proxy?: ProxySettings;
}

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;

export function awsCredentialSource(settings: StsSettings): AwsCredentialSource {
  let chain: Promise<() => Promise<Expiring>> | undefined;
  const clients = new Map<string, Promise<STSClient>>();

  const base = async (): Promise<Expiring> => {
    if (settings.base) return { credentials: settings.base, expiresAt: Infinity };
    chain ??= credentialChain(settings.proxy).then(read);
    return (await chain)();
  };

  const clientFor = (region: string): Promise<STSClient> => {
    const known = clients.get(region) ?? newStsClient(region, settings);
    clients.set(region, known);
    return known;
  };

  return {
    base,
    async assumeRole(request) {
      const [{ AssumeRoleCommand }, client] = await Promise.all([
        import("@aws-sdk/client-sts"),
        clientFor(request.region),
      ]);
      const answer = await withShortError(client.send(new AssumeRoleCommand(assumeRoleInput(request))));
      return expiring(answer.Credentials);
    },
    async scoped({ region, session, policy }) {
      const [{ GetScopedCredentialsCommand }, client] = await Promise.all([
        import("@aws-sdk/client-sts"),
        newStsClient(region, { ...settings, base: session }),
      ]);
      try {
        const command = new GetScopedCredentialsCommand({ Policy: policy });
        const answer = await withShortError(client.send(command));
        return expiring(answer.Credentials);
      } finally {
        client.destroy();
      }
    },
    async identity(region) {
      const [{ GetCallerIdentityCommand }, client] = await Promise.all([
        import("@aws-sdk/client-sts"),
        clientFor(region),
      ]);
      const { Arn: arn, Account: account } = await withShortError(
        client.send(new GetCallerIdentityCommand({})),
      );
      if (!arn || !account) throw new Error("STS answered without an identity");
      return { arn, account };
    },
  };
}

/**
 * The answer, or AWS's error with only the first line of its text: when AWS refuses a signature it appends the
 * canonical request, and that holds the session token (T26). Done here, so that no log, report or store can show it.
 */
async function withShortError<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const kept = ["code", "syscall", "$metadata"].filter((name) => name in error);
    const facts = kept.map((name) => [name, (error as unknown as Record<string, unknown>)[name]]);
    throw Object.assign(new Error(firstLine(error.message)), {
      name: error.name,
      ...Object.fromEntries(facts),
    });
  }
}

/**
 * The default chain, with the proxy for the services that it asks for credentials (STS, IAM Identity Center). Its
 * providers for the metadata services of EC2, ECS and EKS make their own requests, without a proxy.
 */
export async function credentialChain(proxy: ProxySettings | undefined): Promise<Chain> {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  const requestHandler = await sdkHandler(proxy);
  return fromNodeProviderChain({ clientConfig: { requestHandler } });
}

/** Named, so that its type can be published. */
type Chain = ReturnType<typeof providerChain>;

function read(chain: Chain): () => Promise<Expiring> {
  return async () => {
    const found = await chain();
    return expiring({
      AccessKeyId: found.accessKeyId,
      SecretAccessKey: found.secretAccessKey,
      SessionToken: found.sessionToken,
      Expiration: found.expiration,
    });
  };
}

/** The HTTP handler of the SDK's clients. */
export async function sdkHandler(proxy: ProxySettings | undefined): Promise<NodeHttpHandler> {
  const { NodeHttpHandler } = await import("@smithy/node-http-handler");
  const proxies = proxyFor(proxy);
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
    ...(proxies && { httpsAgent: new TunnelAgent(proxies, CONNECT_MS) }),
  });
}

async function newStsClient(region: string, settings: StsSettings): Promise<STSClient> {
  const [{ STSClient }, requestHandler] = await Promise.all([
    import("@aws-sdk/client-sts"),
    sdkHandler(settings.proxy),
  ]);
  return new STSClient({
    region,
    // The SDK refuses FIPS and dual-stack together with a custom endpoint, so the operator's is used as it is.
    ...(settings.endpoint === undefined
      ? { useFipsEndpoint: settings.fips, useDualstackEndpoint: settings.dualstack }
      : { endpoint: settings.endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
    ...(settings.base === undefined ? {} : { credentials: plain(settings.base) }),
    maxAttempts: 2,
    requestHandler,
  });
}

function plain({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return {
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
  };
}

function assumeRoleInput(request: AssumeRoleRequest): AssumeRoleCommandInput {
  const tags = Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    RoleArn: request.roleArn,
    RoleSessionName: request.roleSessionName,
    DurationSeconds: request.durationSeconds,
    ...(request.policy === undefined ? {} : { Policy: request.policy }),
    ...(request.externalId === undefined ? {} : { ExternalId: request.externalId }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
    ...(request.sourceIdentity === undefined ? {} : { SourceIdentity: request.sourceIdentity }),
  };
}

interface AwsCredentials {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
  Expiration?: Date | undefined;
}

/** Incomplete credentials are an error, so that nothing is ever signed with an undefined secret. */
function expiring(found: AwsCredentials | undefined): Expiring {
  if (!found?.AccessKeyId || !found.SecretAccessKey) throw new Error("AWS answered without credentials");
  return {
    credentials: {
      accessKeyId: found.AccessKeyId,
      secretAccessKey: new Secret(found.SecretAccessKey),
      ...(found.SessionToken ? { sessionToken: new Secret(found.SessionToken) } : {}),
    },
    expiresAt: found.Expiration?.getTime() ?? Infinity,
  };
}
