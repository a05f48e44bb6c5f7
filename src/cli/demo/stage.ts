/**
 * The demo's stage: a sandbox in place of AWS, and a gateway with its own store and audit log in a temporary folder.
 * Nothing of the user's is read or changed.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CATALOGUE_DATE, seedDefaults, startSandbox, type Sandbox } from "../../../sandbox/index.ts";
import { AUDIT_DEFAULTS } from "../../audit/types.ts";
import { openAudit } from "../../audit/writer.ts";
import { settingsSchema, type Config } from "../../config/schema.ts";
import type { Clock } from "../../core/clock.ts";
import { MASTER_KEY_BYTES, masterKeyOf } from "../../core/seal.ts";
import { Secret } from "../../core/secret.ts";
import { awsCredentialSource, type AwsCredentialSource } from "../../credentials/sts.ts";
import { startGateway, type Gateway } from "../../gateway/gateway.ts";
import { openInsight } from "../../call-index/open.ts";
import type { LineSettings } from "../../gateway/line.ts";
import { reportBudget } from "../../server/notifier.ts";
import { startAdminApi } from "../../server/admin-api.ts";
import { createLimiter } from "../../limits/limiter.ts";
import { limitService } from "../../limits/service.ts";
import { watchSources } from "../../notify/sources.ts";
import { createNotifier } from "../../notify/notifier.ts";
import { BUILT_IN } from "../../prices/built-in.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import type { Store } from "../../store/store.ts";

export interface Stage {
  clock: Clock;
  sandbox: Sandbox;
  /** Signet's own long-lived identity in the sandbox, which may do nothing but assume roles. */
  base: { userArn: string; account: string; accessKeyId: string; secretAccessKey: string };
  source: AwsCredentialSource;
  settings: LineSettings;
  store: Store;
  auditDir: string;
  gateway: Gateway;
  /** The console, with a one-time link that signs in. */
  console: { url: string; link: string };
  close(): Promise<void>;
}

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Port 0 takes any free one. On any failure, what was opened before is closed again. */
export async function setStage(
  ports: { gateway: number; admin: number },
  { clock, version }: { clock: Clock; version: string },
): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "signet-demo-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const sandbox = opened.adopt(await startSandbox({ today: CATALOGUE_DATE }), (started) => started.close());
  const base = seedDefaults(sandbox);
  const file = path.join(folder, "signet.db");
  const store = opened.adopt(await openSqliteStore(file), (opening) => opening.close());
  const auditDir = path.join(folder, "audit");
  const options = {
    ...AUDIT_DEFAULTS,
    dir: auditDir,
    clock,
    version,
    onTrouble: () => undefined,
  };
  const audit = opened.adopt(await openAudit(options), (opening) => opening.close());
  const source = awsCredentialSource({
    fips: false,
    dualstack: false,
    endpoint: sandbox.url,
    base: { accessKeyId: base.accessKeyId, secretAccessKey: new Secret(base.secretAccessKey) },
  });
  const settings = settingsFor(sandbox.url);
  const masterKey = masterKeyOf(randomBytes(MASTER_KEY_BYTES));
  const notifier = createNotifier(clock, () => undefined);
  const gateway = await startGateway({
    listen: { host: "127.0.0.1", port: ports.gateway },
    settings,
    store,
    audit,
    clock,
    log: quiet,
    credentials: source,
    limiting: limitService(createLimiter(clock, (event) => reportBudget(notifier, event))),
    masterKey,
  });
  opened.defer(() => gateway.close(1));
  const insight = opened.adopt(
    openInsight({ auditDir, file: path.join(folder, "insight.db"), log: quiet, clock }),
    (opening) => opening.close(),
  );
  const admin = opened.adopt(
    await startAdminApi({
      config: configFor(settings, { folder, file, auditDir, port: ports.admin }),
      store,
      insight,
      gateway,
      source,
      prices: BUILT_IN,
      notifier,
      masterKey,
      log: quiet,
    }),
    (opening) => opening.close(),
  );
  opened.defer(await watchSources({ store, audit, clock, notifier, log: quiet }));
  const code = admin.links.create({ actor: "demo", role: "admin" });
  const link = `${admin.url}/#/sign-in?link=${code}`;
  const kept = opened.move();
  const shown = { url: admin.url, link };
  return {
    clock,
    sandbox,
    base,
    source,
    settings,
    store,
    auditDir,
    gateway,
    console: shown,
    close: () => kept.disposeAsync(),
  };
}

/** As `signet serve` would read it. */
function configFor(
  settings: LineSettings,
  { folder, file, auditDir, port }: { folder: string; file: string; auditDir: string; port: number },
): Config {
  const config = { ...settingsSchema.parse({ admin: { port } }), ...settings };
  const audit = { ...config.audit, dir: auditDir, signingKeyFile: "" };
  return { ...config, data: folder, store: { file }, audit };
}

function settingsFor(url: string): LineSettings {
  const { limits, timeouts, callerGone } = settingsSchema.parse({});
  const endpoints = { sts: url, bedrockRuntime: url, bedrock: url, bedrockMantle: url, others: url };
  return { aws: { fips: false, dualstack: false, proxy: {}, endpoints }, limits, timeouts, callerGone };
}
