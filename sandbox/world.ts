/** State shared by the sandbox's services: accounts, clock, faults, the record of calls. */
import { randomUUID } from "node:crypto";
import { Resources } from "./bedrock/resources.ts";
import { CallLog } from "./calls.ts";
import { NO_FAULTS } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { Directory } from "./iam/directory.ts";
import type { Principal } from "./iam/identity.ts";
import { KmsKeys } from "./kms/keys.ts";
import { globalContext } from "./iam/context.ts";
import type { Context } from "./iam/match.ts";
import { headerOf } from "./wire.ts";
import type { WireRequest } from "./wire.ts";

export interface World {
  directory: Directory;
  resources: Resources;
  kms: KmsKeys;
  calls: CallLog;
  faults: Faults;
  regions: ReadonlySet<string>;
  /** `aws:PrincipalOrgID` of every account. */
  organization: string;
  /** Epoch milliseconds, skewed if that fault is on. */
  now(): number;
}

/** A request whose signature has been verified. */
export interface Signed {
  request: WireRequest;
  requestId: string;
  accessKeyId: string;
  region: string;
  /** The request's signature; undefined for bearer tokens. */
  signature: string | undefined;
  principal: Principal;
}

export function newWorld(options: {
  clock: () => number;
  today: string;
  regions: ReadonlySet<string>;
  organization: string;
}): World {
  const world: World = {
    directory: new Directory(),
    resources: new Resources(options.today),
    kms: new KmsKeys(),
    calls: new CallLog(),
    faults: { ...NO_FAULTS },
    regions: options.regions,
    organization: options.organization,
    now: () => options.clock() + world.faults.clockSkewMs,
  };
  return world;
}

/** Condition keys of the caller and the request. */
export function contextOf(world: World, { request, region, principal }: Signed): Context {
  const { sourceIp } = request;
  const userAgent = headerOf(request, "user-agent");
  return globalContext(principal, {
    now: world.now(),
    sourceIp,
    userAgent,
    region,
    organization: world.organization,
  });
}

export function newRequestId(): string {
  return randomUUID();
}
