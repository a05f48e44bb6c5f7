/** The admin API and console beside a world's gateway, on a real port, with the real index. */
import path from "node:path";
import { startAdmin, type AdminListener, type AdminListenerParts } from "../../src/admin/listen.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { Role } from "../../src/core/admin.ts";
import { createAdminToken } from "../../src/registry/admin-tokens.ts";
import { openInsight } from "../../src/call-index/open.ts";
import type { Insight } from "../../src/call-index/types.ts";
import { BUILT_IN } from "../../src/prices/built-in.ts";
import { Secret } from "../../src/core/secret.ts";
import { awsCredentialSource } from "../../src/credentials/sts.ts";
import { probeParts } from "../../src/probes/parts.ts";
import type { World } from "./world.ts";

export interface Admin {
  url: string;
  listener: AdminListener;
  insight: Insight;
  /** The log, one JSON text each. */
  logged: string[];
  token(role: Role): Promise<string>;
  close(): Promise<void>;
}

export const OPERATOR = { actor: "cli:test", clock: systemClock };

export async function startAdminFor(
  world: World,
  change: Partial<Pick<AdminListenerParts, "oidc" | "consoleFolder" | "settings">> = {},
): Promise<Admin> {
  const logged: string[] = [];
  const note = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const insight = openInsight({
    auditDir: world.auditDir,
    file: path.join(world.folder, "insight.db"),
    log: { warn: note },
    clock: systemClock,
  });
  const listener = await startAdmin({
    settings: { host: "127.0.0.1", port: 0 },
    version: "0.0.0-test",
    log: { error: note },
    server: {
      store: world.store,
      clock: systemClock,
      auditDir: world.auditDir,
      probes: async () => probesOf(world),
      probeModel: undefined,
      prices: () => BUILT_IN,
      templateBaseUrl: "https://templates.s3.amazonaws.com/signet",
      keyHolders: [],
      masterKey: async () => world.masterKey,
      principal: async () => world.baseUserArn,
      insight,
      gateway: {
        status: () => world.gateway.status(),
        limits: (holder) => world.gateway.limits(holder),
        events: () => [],
      },
      settings: async () => ({
        version: "0.0.0-test",
        publicUrl: world.gateway.url,
        principal: world.baseUserArn,
        region: "us-east-1",
        prices: "",
        features: [],
        settings: [],
      }),
    },
    ...change,
  });
  let made = 0;
  return {
    url: listener.url,
    listener,
    insight,
    logged,
    async token(role) {
      const { secret } = await createAdminToken(world.store, { name: `${role}-${++made}`, role }, OPERATOR);
      return secret.reveal();
    },
    async close() {
      await listener.close();
      await insight.close();
    },
  };
}

function probesOf({ sandbox, base }: World) {
  const { url } = sandbox;
  const endpoints = { sts: url, bedrockRuntime: url, bedrock: url, bedrockMantle: url, others: url };
  const secretAccessKey = new Secret(base.secretAccessKey);
  return probeParts({
    source: awsCredentialSource({
      fips: false,
      dualstack: false,
      endpoint: url,
      base: { accessKeyId: base.accessKeyId, secretAccessKey },
    }),
    clock: systemClock,
    aws: { fips: false, dualstack: false, endpoints },
  });
}
