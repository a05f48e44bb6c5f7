/** Who takes the calls: this process, or workers. The rest of `serve` sees no difference. */
import type { AuditStats, Audit } from "../audit/types.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { MasterKey } from "../core/seal.ts";
import type { AwsCredentialSource } from "../credentials/sts.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Log } from "../core/log.ts";
import type { Holder, Limiter } from "../limits/limiter.ts";
import { limitService } from "../limits/service.ts";
import { inDollars, type LimitState } from "../limits/state.ts";
import type { GatewayState } from "../observe/state.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Observer } from "../audit/observer.ts";
import type { Prices } from "../prices/price.ts";
import type { Store } from "../store/store.ts";
import { listenSettings } from "./parts.ts";

export interface Front {
  url: string;
  state(): Omit<GatewayState, "audit" | "delegations" | "limits">;
  audit(): { available: boolean; stats: AuditStats };
  /** What is used of limits; money in dollars. */
  limits(holder: Holder): LimitState[];
  /** May be called again to hurry. */
  close(seconds: number): Promise<void>;
}

export interface FrontParts {
  config: Config;
  store: Store;
  /** The main chain. */
  audit: Audit;
  log: Log;
  source: AwsCredentialSource;
  masterKey: MasterKey | undefined;
  prices: Prices;
  limiter: Limiter;
  observer?: Observer;
}

/** Calls are taken by this process. */
export async function frontHere(parts: FrontParts): Promise<Front> {
  const { config, store, audit, log, limiter, source, masterKey, prices, observer } = parts;
  const { startGateway } = await import("../gateway/gateway.ts");
  const gateway = await startGateway({
    listen: listenSettings(config.listen),
    settings: config,
    store,
    audit,
    clock: systemClock,
    log,
    credentials: source,
    masterKey,
    prices,
    limiting: limitService(limiter),
    ...(observer && { observer }),
  });
  return frontOf(gateway, audit);
}

export function frontOf(gateway: Gateway, audit: Audit): Front {
  return {
    url: gateway.url,
    state: () => ({ ...gateway.state(), running: gateway.running(), sessions: gateway.sessions() }),
    audit: () => ({ available: audit.available(), stats: audit.stats() }),
    limits: (holder) => gateway.limits(holder),
    close: (seconds) => gateway.close(seconds),
  };
}

/** Calls are taken by workers; this process records changes, and forgets limits of whom no call can count against. */
export async function frontOfWorkers(
  count: number,
  { store, audit, log, limiter }: FrontParts,
  metrics: Metrics | undefined,
): Promise<Front> {
  const [{ startWorkers }, { recordChanges }, { createDirectory }, { followStore }] = await Promise.all([
    import("./workers/pool.ts"),
    import("../audit/record-changes.ts"),
    import("../directory/directory.ts"),
    import("../directory/follow.ts"),
  ]);
  const directory = createDirectory(() => undefined);
  const changes = recordChanges({ store, audit, clock: systemClock, log });
  const follower = await followStore({
    store,
    directory,
    clock: systemClock,
    log,
    onChange() {
      limiter.keep((scope, name) => directory.mayCall(scope, name));
      changes.wake();
    },
  });
  const stop = async () => {
    follower.stop();
    await changes.stop();
  };
  const pool = await startWorkers({ count, limiter, audit, log }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  metrics?.gather(() => pool.metrics());
  return {
    url: pool.url,
    state: () => pool.state(),
    audit: () => pool.audit(),
    limits: (holder) => limiter.states(holder).map(inDollars),
    async close(seconds) {
      await pool.close(seconds);
      await stop();
    },
  };
}
