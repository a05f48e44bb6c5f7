/**
 * A strict local AWS on one port: STS, Bedrock on all its hosts, IAM's decisions.
 * It is an independent implementation and imports nothing from the gateway.
 */
import { newBedrockApi } from "./bedrock/api.ts";
import type { SandboxBedrock } from "./bedrock/api.ts";
import { DEFAULT_DATE, REGIONS } from "./bedrock/catalogue.ts";
import type { CallRecord } from "./calls.ts";
import { systemNow } from "./clock.ts";
import { NO_FAULTS } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { newIam } from "./iam/api.ts";
import type { SandboxIam } from "./iam/api.ts";
import { listen } from "./server.ts";
import { newHandler } from "./service.ts";
import { newWorld } from "./world.ts";

export type { CallRecord } from "./calls.ts";
export { CATALOGUE_DATE } from "./bedrock/catalogue.ts";
export { seedDefaults } from "./seed.ts";

export interface SandboxOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** 127.0.0.1 by default: the control endpoint is unsigned. */
  host?: string;
  /** Epoch milliseconds. */
  clock?: () => number;
  /** The day that decides which models have ended, e.g. `2026-12-31`; by default 2026-02-20. */
  today?: string;
  /** Regions whose endpoints are served; all of the catalogue's by default. */
  regions?: readonly string[];
  /** `aws:PrincipalOrgID` of every account. */
  organization?: string;
}

export interface Sandbox {
  /** One endpoint for STS, bedrock-runtime, bedrock-mantle and bedrock, e.g. `http://127.0.0.1:41234`. */
  url: string;
  iam: SandboxIam;
  bedrock: SandboxBedrock;
  /** `createKey` creates a symmetric key, which its account's policies can allow. */
  kms: { createKey(place: { account: string; region: string }): { arn: string } };
  faults: { set(faults: Partial<Faults>): void; clear(): void };
  /** Everything that arrived, oldest first; the newest 10,000. */
  calls(): CallRecord[];
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    port = 0,
    host = "127.0.0.1",
    clock = systemNow,
    today = DEFAULT_DATE,
    regions = REGIONS,
    organization = "o-sandbox000",
  } = options;
  const world = newWorld({ clock, today, regions: new Set(regions), organization });
  const listener = await listen(host, port, newHandler(world));
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${listener.port}`,
    iam: newIam(world),
    bedrock: newBedrockApi(world),
    kms: { createKey: ({ account, region }) => ({ arn: world.kms.create(account, region).arn }) },
    faults: {
      set: (faults) => void (world.faults = { ...world.faults, ...faults }),
      clear: () => void (world.faults = { ...NO_FAULTS }),
    },
    calls: () => world.calls.list(),
    close: () => listener.close(),
  };
}
