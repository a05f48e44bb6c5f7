/** The console's settings page: the effective configuration, and which features are on. */
import type { SettingsView } from "../admin/views/settings.ts";
import type { Config } from "../config/schema.ts";
import type { Log } from "../core/log.ts";
import { principalOf } from "../core/principal.ts";
import type { MasterKey } from "../core/seal.ts";
import { VERSION } from "../core/version.ts";
import type { AwsCredentialSource } from "../credentials/sts.ts";
import type { PriceTable } from "../prices/price.ts";
import type { RunningGateway } from "./gateway.ts";

export interface SettingsParts {
  config: Config;
  gateway: RunningGateway;
  source: AwsCredentialSource;
  prices: PriceTable;
  /** Seals access-key pairs; undefined if none is configured. */
  masterKey: MasterKey | undefined;
  log: Log;
  /** The effective configuration as shown. */
  settings?: SettingsView["settings"];
}

/** Signet's own ARN; undefined, with a line in the log, if it can't be determined. */
export async function ownPrincipal(
  { config, source, log }: SettingsParts,
  region: string,
): Promise<string | undefined> {
  if (config.aws.principalArn !== undefined) return config.aws.principalArn;
  try {
    return principalOf((await source.identity(region)).arn);
  } catch (error) {
    log.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      "Signet's own identity is unknown",
    );
    return undefined;
  }
}

export async function settingsOf(parts: SettingsParts): Promise<SettingsView> {
  const { config, gateway, settings = [] } = parts;
  const region = config.aws.region ?? null;
  return {
    version: VERSION,
    publicUrl: config.listen.publicUrl ?? gateway.url,
    principal: (await ownPrincipal(parts, region ?? "us-east-1")) ?? null,
    region,
    prices: parts.prices.version,
    features: featuresOf(parts),
    settings,
  };
}

function featuresOf({ config, masterKey }: SettingsParts): SettingsView["features"] {
  const { oidc, telemetry, webhook, prometheus, flashback, listen, aws } = config;
  return [
    {
      name: "TLS for callers",
      on: listen.tls !== undefined,
      detail: listen.tls
        ? "The listener uses TLS."
        : "Set listen.tls, or put a TLS-terminating proxy in front.",
    },
    {
      name: "HTTPS proxy to AWS",
      on: aws.proxy.url !== undefined,
      detail: aws.proxy.url === undefined ? "Set aws.proxy.url or HTTPS_PROXY." : String(aws.proxy.url),
    },
    {
      name: "Access-key pairs",
      on: masterKey !== undefined,
      detail:
        masterKey !== undefined
          ? "Callers may sign with SigV4."
          : "Set SIGNET_MASTER_KEY, accessKeyPairs.masterKeyFile or accessKeyPairs.kmsEncryptedKeyFile.",
    },
    {
      name: "Sign-in with OpenID Connect",
      on: oidc.issuer !== undefined,
      detail: oidc.issuer ?? "Set oidc.issuer, oidc.clientId and a role's claim.",
    },
    {
      name: "Prometheus metrics",
      on: prometheus.port !== undefined,
      detail:
        prometheus.port === undefined
          ? "Set prometheus.port."
          : `Served on ${prometheus.host}:${prometheus.port}/metrics.`,
    },
    {
      name: "OpenTelemetry",
      on: telemetry.otlpEndpoint !== undefined,
      detail: telemetry.otlpEndpoint ?? "Set telemetry.otlpEndpoint.",
    },
    {
      name: "Webhook",
      on: webhook.url !== undefined,
      detail: webhook.url ?? "Set webhook.url and webhook.secretFile.",
    },
    {
      name: "Flashback platform API",
      on: flashback.url !== undefined && flashback.tokenFile !== undefined,
      detail: flashback.url ?? "Set flashback.url and flashback.tokenFile.",
    },
  ];
}
