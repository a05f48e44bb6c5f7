/** The console and the admin API beside the gateway, as configured. */
import { readFileSync } from "node:fs";
import type { AdminListener } from "../admin/listen.ts";
import type { SettingsView } from "../admin/views/settings.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import { principalOf } from "../core/principal.ts";
import type { MasterKey } from "../core/seal.ts";
import type { AwsCredentialSource } from "../credentials/sts.ts";
import type { Log } from "../core/log.ts";
import type { Insight } from "../call-index/types.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { PriceTable } from "../prices/price.ts";
import type { Store } from "../store/store.ts";
import { platformFor } from "../flashback/configured.ts";
import type { Front } from "./front.ts";
import { VERSION } from "../core/version.ts";

export interface ServeAdminParts {
  config: Config;
  store: Store;
  insight: Insight;
  front: Front;
  source: AwsCredentialSource;
  prices: PriceTable;
  notifier: Notifier;
  /** What access-key pairs are sealed with; undefined where none is configured. */
  masterKey: MasterKey | undefined;
  log: Log;
  /** The effective configuration as it is shown. */
  settings?: SettingsView["settings"];
}

export async function serveAdmin(parts: ServeAdminParts): Promise<AdminListener> {
  const { config, store, insight, front, log } = parts;
  const { startAdmin } = await import("../admin/listen.ts");
  const { host, port, publicUrl, tls, templateBaseUrl } = config.admin;
  const oidc = await oidcFor(config.oidc);
  const listener = await startAdmin({
    settings: {
      host,
      port,
      ...(publicUrl === undefined ? {} : { publicUrl }),
      ...(tls && {
        tls: { cert: readFileSync(tls.certFile, "utf8"), key: readFileSync(tls.keyFile, "utf8") },
      }),
    },
    server: {
      store,
      clock: systemClock,
      auditDir: config.audit.dir,
      probes: async () => ({ source: parts.source, clock: systemClock, aws: config.aws }),
      probeModel: config.verification.probeModel,
      templateBaseUrl,
      prices: () => parts.prices,
      flashback: () => platformFor(config.flashback),
      masterKey: async () => parts.masterKey,
      principal: (region) => principal(parts, region),
      insight,
      gateway: {
        sessions: () => front.state().sessions,
        running: () => front.state().running,
        audit: () => front.audit(),
        limits: (holder) => front.limits(holder),
        events: () => parts.notifier.recent(),
      },
      settings: () => settingsOf(parts),
    },
    log,
    version: VERSION,
    ...(oidc && { oidc }),
  });
  log.info({ url: listener.url }, "serving the console");
  return listener;
}

async function oidcFor(settings: Config["oidc"]) {
  const { issuer, clientId, clientSecretFile, scope, label, roleClaim, viewer, operator, admin } = settings;
  if (issuer === undefined || clientId === undefined) return undefined;
  const { createOidc } = await import("../admin/oidc.ts");
  const secret = clientSecretFile === undefined ? undefined : readFileSync(clientSecretFile, "utf8").trim();
  return (redirectBase: string) =>
    createOidc(
      {
        issuer,
        clientId,
        ...(secret === undefined ? {} : { clientSecret: new Secret(secret) }),
        scope,
        label,
        roleClaim,
        roles: { viewer, operator, admin },
      },
      { redirectBase, clock: systemClock },
    );
}

/** Signet's own ARN; undefined, after a line in the log, where it can't be told. */
async function principal(
  { config, source, log }: ServeAdminParts,
  region: string,
): Promise<string | undefined> {
  if (config.aws.principalArn !== undefined) return config.aws.principalArn;
  try {
    return principalOf((await source.identity(region)).arn);
  } catch (error) {
    log.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      "Signet's own identity is not known",
    );
    return undefined;
  }
}

async function settingsOf(parts: ServeAdminParts): Promise<SettingsView> {
  const { config, front, settings = [] } = parts;
  const region = config.aws.region ?? null;
  return {
    version: VERSION,
    publicUrl: config.listen.publicUrl ?? front.url,
    principal: (await principal(parts, region ?? "us-east-1")) ?? null,
    region,
    prices: parts.prices.version,
    features: featuresOf(parts),
    settings,
  };
}

function featuresOf({ config, masterKey }: ServeAdminParts): SettingsView["features"] {
  const { oidc, telemetry, webhook, prometheus, flashback, listen } = config;
  return [
    {
      name: "TLS for callers",
      on: listen.tls !== undefined,
      detail: listen.tls
        ? "The listener speaks TLS."
        : "Set listen.tls, or put a proxy that ends TLS in front.",
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
