/** What the steps of the line share: the parts that gateway.ts starts once, and the settings they read. */
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
import type { RetryBudget } from "../upstream/retry.ts";
import type { SigningClock } from "../upstream/signing-clock.ts";
import type { Unproven } from "../limits/unproven.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Authenticated } from "./stages.ts";

export type LineSettings = Pick<Config, "aws" | "limits" | "timeouts" | "callerGone">;

/** What Bedrock lists, as far as the callers of a delegation may see it. */
export interface Discovery {
  /** Ids of models and profiles that are listed in the delegation's region; none where listing isn't granted. */
  models(call: Authenticated): Promise<readonly string[]>;
  /** The same as far as it is remembered. */
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
  /** Told of each call; undefined where nobody wants to know. */
  readonly observer: Observer | undefined;
  readonly prices: Prices;
  readonly upstream: Upstream;
  readonly flights: Flights;
  readonly retries: RetryBudget;
  readonly log: Log;
  readonly places: Places;
  readonly unproven: Unproven;
  /** Answers that are read on although their caller has left: bounded. */
  callersGone: number;
  /** Milliseconds for which the directory may have been out of date; 0 while the store is followed. */
  behind(): number;
  /** True once the process is asked to end: new calls are refused. */
  draining: boolean;
}
