/** The dependencies of probes: Signet's own credentials, a clock, and AWS's endpoints. */
import type { Clock } from "../core/clock.ts";
import type { AwsCredentialSource } from "../credentials/sts.ts";

export interface ProbeParts {
  source: AwsCredentialSource;
  clock: Clock;
  aws: {
    fips: boolean;
    dualstack: boolean;
    /** The operator's own, instead of AWS's. */
    endpoints: { sts?: string; bedrockRuntime?: string; bedrock?: string; others?: string };
  };
}

/** RoleSessionName of every probe, as CloudTrail shows it. */
export const PROBE_SESSION = "signet-probe";
