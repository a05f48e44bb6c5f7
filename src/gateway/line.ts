/** The parts that all steps share: gateway.ts starts them once; and the settings the steps read. */
import type { Observer } from "../audit/observer.ts";
import type { Audit } from "../audit/types.ts";
import type { Config } from "../config/schema.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { LimitService } from "../limits/service.ts";
import type { Prices } from "../prices/price.ts";
import type { Broker } from "../credentials/broker.ts";
import type { Directory, Identity } from "../directory/directory.ts";
import type { Flights } from "./flight.ts";
import type { Places } from "../limits/places.ts";
import type { OpenBidirectional } from "../upstream/bidirectional.ts";
import type { RetryBudget } from "../upstream/retry.ts";
import type { SigningClock } from "../upstream/signing-clock.ts";
import type { Unproven } from "../limits/unproven.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Authenticated } from "./stages.ts";

export type LineSettings = Pick<Config, "aws" | "limits" | "timeouts" | "callerGone">;

/** The models that Bedrock lists, as far as a delegation's callers may list them. */
export interface Discovery {
  /** Ids of models and profiles listed in the delegation's region; empty if listing isn't granted. */
  models(call: Authenticated): Promise<readonly string[]>;
  /** The same, from the cache only. */
  known(identity: Identity): readonly string[];
}

export interface Line {
  readonly settings: LineSettings;
  readonly clock: Clock;
  readonly signingClock: SigningClock;
  readonly directory: Directory;
  readonly broker: Broker;
  readonly discovery: Discovery;
  readonly audit: Audit;
  readonly limiting: LimitService;
  /** Notified of each call. */
  readonly observer: Observer | undefined;
  readonly prices: Prices;
  readonly upstream: Upstream;
  readonly openBidirectional: OpenBidirectional;
  readonly flights: Flights;
  readonly retries: RetryBudget;
  readonly log: Log;
  readonly places: Places;
  readonly unproven: Unproven;
  /** Number of answers still being read although their caller has left; bounded. */
  callersGone: number;
  /** Milliseconds for which the directory may have been out of date; 0 while the store is followed. */
  behind(): number;
  /** True during shutdown: new calls are refused. */
  draining: boolean;
}
