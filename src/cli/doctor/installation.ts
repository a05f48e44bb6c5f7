/** The installation under examination, with what several checks share: each is determined once. */
import type { Config } from "../../config/schema.ts";
import type { Delegation } from "../../core/delegation.ts";
import { proxyFor } from "../../proxy/proxy.ts";
import { portState, type PortState } from "./port.ts";
import type { Surroundings } from "./reach.ts";
import { readStored, type Stored } from "./stored.ts";
import { reachSts, type StsAnswer } from "./reach-sts.ts";

export interface Installation extends Surroundings {
  readonly config: Config;
  /** The time of the examination, in epoch milliseconds. */
  readonly now: number;
  readonly stored: Promise<Stored>;
  /** For each region that is configured or that a delegation has. */
  readonly sts: Promise<StsAnswer[]>;
  readonly port: Promise<PortState>;
}

/** Starts determining what checks share. Problems are part of the results: the promises don't reject. */
export function survey(config: Config, { env, clock }: Omit<Surroundings, "proxies">): Installation {
  const proxies = proxyFor(config.aws.proxy);
  const surroundings = { env, clock, proxies };
  const stored = readStored(config.store.file);
  return {
    config,
    ...surroundings,
    now: clock.now(),
    stored,
    sts: stored.then((found) => reachSts(config.aws, regionsOf(config, found), surroundings)),
    port: portState(config.listen),
  };
}

/** The configured region first, then the delegations'. */
export function regionsOf({ aws }: Config, stored: Stored): string[] {
  const ofDelegations = unrevokedOf(stored).map(({ region }) => region);
  return [...new Set([...(aws.region === undefined ? [] : [aws.region]), ...ofDelegations])];
}

/** The delegations that are not revoked; none if the store can't be read. */
export function unrevokedOf(stored: Stored): Delegation[] {
  return stored.state === "read" ? stored.delegations.filter(({ state }) => state !== "revoked") : [];
}
