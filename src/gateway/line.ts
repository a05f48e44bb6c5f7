/** What the steps of the line share: the parts that gateway.ts starts once, and the settings they read. */
import type { Observer } from "../audit/observer.ts";
import type { Audit } from "../audit/types.ts";
import type { Config } from "../config/schema.ts";
import type { Clock } from "../core/clock.ts";
import type { Limiting } from "../limits/limiting.ts";
import type { Prices } from "../prices/price.ts";
import type { Broker } from "../credentials/broker.ts";
import type { Directory } from "./directory.ts";
import type { Discovery } from "./discovery.ts";
import type { Flights } from "./flight.ts";
import type { Places } from "./places.ts";
import type { RetryBudget } from "./retry.ts";
import type { SigningClock } from "./signing-clock.ts";
import type { Unproven } from "./unproven.ts";
import type { Upstream } from "./upstream.ts";

export type LineSettings = Pick<Config, "aws" | "limits" | "timeouts" | "callerGone">;

/** The operator's log. Fields never hold secrets, prompts or completions. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface Line {
  readonly settings: LineSettings;
  readonly clock: Clock;
  readonly signingClock: SigningClock;
  readonly directory: Directory;
  readonly broker: Broker;
  readonly discovery: Discovery;
  readonly audit: Audit;
  readonly limiting: Limiting;
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
