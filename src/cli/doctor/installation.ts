/** The installation that is looked at, and what several checks ask of it: each thing is found out once. */
import type { Config } from "../../config/schema.ts";
import type { Delegation } from "../../core/delegation.ts";
import { portState, type PortState } from "./port.ts";
import type { Surroundings } from "./reach.ts";
import { readStored, type Stored } from "./stored.ts";
import { reachSts, type StsAnswer } from "./reach-sts.ts";

export interface Installation extends Surroundings {
  readonly config: Config;
  /** When it is looked at, in epoch milliseconds. */
  readonly now: number;
  readonly stored: Promise<Stored>;
  /** Of each region that is configured or that a delegation has. */
  readonly sts: Promise<StsAnswer[]>;
  readonly port: Promise<PortState>;
}

/** Begins to find out what checks share. What goes wrong is part of what is found: the promises don't reject. */
export function survey(config: Config, surroundings: Surroundings): Installation {
  const { env, clock } = surroundings;
  const stored = readStored(config.store.file);
  return {
    config,
    env,
    clock,
    now: clock.now(),
    stored,
    sts: stored.then((found) => reachSts(config.aws, regionsOf(config, found), surroundings)),
    port: portState(config.listen),
  };
}

/** The configured region first, then the delegations'. */
export function regionsOf({ aws }: Config, stored: Stored): string[] {
  const ofDelegations = lentOf(stored).map(({ region }) => region);
  return [...new Set([...(aws.region === undefined ? [] : [aws.region]), ...ofDelegations])];
}

/** The delegations that are not revoked; none where the store can't be read. */
export function lentOf(stored: Stored): Delegation[] {
  return stored.state === "read" ? stored.delegations.filter(({ state }) => state !== "revoked") : [];
}
