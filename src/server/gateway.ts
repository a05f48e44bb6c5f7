/** The gateway in this process or in workers, behind one interface. */
import type { Audit } from "../audit/types.ts";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../core/clock.ts";
import type { MasterKey } from "../core/seal.ts";
import type { AwsCredentialSource } from "../credentials/sts.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Log } from "../core/log.ts";
import type { Limiter } from "../limits/limiter.ts";
import { limitService } from "../limits/service.ts";
import { inDollars } from "../limits/state.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Observer } from "../audit/observer.ts";
import type { Prices } from "../prices/price.ts";
import type { Store } from "../store/store.ts";
import { listenSettings } from "./open.ts";

/** A gateway, whichever processes take its calls. */
export type RunningGateway = Pick<Gateway, "url" | "status" | "limits" | "close">;

export interface RunningGatewayParts {
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

/** If `workers` is one, this process takes the calls. */
export function startGatewayFor(
  workers: number,
  parts: RunningGatewayParts,
  metrics: Metrics | undefined,
): Promise<RunningGateway> {
  return workers === 1 ? startHere(parts) : startInWorkers(workers, parts, metrics);
}

async function startHere(parts: RunningGatewayParts): Promise<RunningGateway> {
  const { config, store, audit, log, limiter, source, masterKey, prices, observer } = parts;
  const { startGateway } = await import("../gateway/gateway.ts");
  return startGateway({
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
}

/**
 * Workers take the calls; this process records changes, and forgets limits that no call can count against any longer.
 */
async function startInWorkers(
  count: number,
  { config, store, audit, log, limiter }: RunningGatewayParts,
  metrics: Metrics | undefined,
): Promise<RunningGateway> {
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
    status: () => pool.status(),
    limits: (holder) => limiter.states(holder).map(inDollars),
    async close(seconds = config.timeouts.drainSeconds) {
      await pool.close(seconds);
      await stop();
    },
  };
}
