/** The admin API and the console, as configured. */
import { readFileSync } from "node:fs";
import type { AdminListener } from "../admin/listen.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import type { Insight } from "../call-index/types.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { Store } from "../store/store.ts";
import { keyHolders } from "./key-holders.ts";
import { ownPrincipal, settingsOf, type SettingsParts } from "./settings-view.ts";
import { VERSION } from "../core/version.ts";

export interface AdminApiParts extends SettingsParts {
  store: Store;
  insight: Insight;
  notifier: Notifier;
}

export async function startAdminApi(parts: AdminApiParts): Promise<AdminListener> {
  const { config, store, insight, gateway, log } = parts;
  const [{ startAdmin }, { probeParts }] = await Promise.all([
    import("../admin/listen.ts"),
    import("../probes/parts.ts"),
  ]);
  const probes = probeParts({ source: parts.source, clock: systemClock, aws: config.aws });
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
      probes: async () => probes,
      probeModel: config.verification.probeModel,
      templateBaseUrl,
      prices: () => parts.prices,
      keyHolders: keyHolders(config),
      masterKey: async () => parts.masterKey,
      principal: (region) => ownPrincipal(parts, region),
      insight,
      gateway: {
        status: () => gateway.status(),
        limits: (holder) => gateway.limits(holder),
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
