/** The dependencies of probes: Signet's own credentials, a clock, and AWS's endpoints. */
import { Agent, type Dispatcher } from "undici";
import type { Clock } from "../core/clock.ts";
import type { AwsCredentialSource } from "../credentials/sts.ts";
import { connectorFor } from "../proxy/clients.ts";
import { proxyFor, type ProxySettings } from "../proxy/proxy.ts";

export interface ProbeParts {
  source: AwsCredentialSource;
  clock: Clock;
  aws: {
    fips: boolean;
    dualstack: boolean;
    proxy?: ProxySettings;
    /** The operator's own, instead of AWS's. */
    endpoints: { sts?: string; bedrockRuntime?: string; bedrock?: string; others?: string };
  };
  /** Connects to AWS, through the proxy where it applies. */
  dispatcher: Dispatcher;
}

const CONNECT_MS = 5_000;

export function probeParts({ source, clock, aws }: Omit<ProbeParts, "dispatcher">): ProbeParts {
  const connect = connectorFor(proxyFor(aws.proxy), CONNECT_MS);
  return { source, clock, aws, dispatcher: new Agent({ allowH2: false, connect }) };
}

/** RoleSessionName of every probe, as CloudTrail shows it. */
export const PROBE_SESSION = "signet-probe";
