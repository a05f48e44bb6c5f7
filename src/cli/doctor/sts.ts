/** STS and the clock: whether sessions can be had, and whether AWS would accept this machine's signatures. */
import type { Config } from "../../config/schema.ts";
import { partitionOf } from "../../core/regions.ts";
import { failed, ok, skipped, warning, type Check, type Finding } from "./check.ts";
import type { Surroundings } from "./installation.ts";
import { reach, type Reached } from "./reach.ts";

const NOTABLE_SKEW_MS = 60_000;
/** AWS refuses signatures that are further from its own time. Source: SigV4, "Troubleshooting". */
const REFUSED_SKEW_MS = 5 * 60_000;
const NTP =
  "keep this machine's time by NTP: `timedatectl set-ntp true`, or chrony with 169.254.169.123 on EC2";

export interface StsAnswer extends Reached {
  region: string;
}

export const regionCheck: Check = {
  name: "region",
  overdue: "run it again",
  async run({ config: { aws } }) {
    if (aws.region === undefined)
      return [
        warning(
          "none is configured: each new delegation must name one",
          "set aws.region in the configuration, or AWS_REGION",
        ),
      ];
    return [ok(`${aws.region}, partition ${partitionOf(aws.region)}`)];
  },
};

export const stsCheck: Check = {
  name: "STS",
  overdue: "STS doesn't answer: check the network",
  async run({ sts }) {
    const answers = await sts;
    if (answers.length === 0) return [skipped("no region is configured, and no delegation has one")];
    return answers.map(({ region, origin, trouble }) =>
      trouble
        ? failed(`${region}: ${origin}: ${trouble.reason}`, trouble.fix)
        : ok(`${region}: ${origin} answers`),
    );
  },
};

export const clockCheck: Check = {
  name: "clock",
  overdue: stsCheck.overdue,
  async run({ sts }) {
    const told = (await sts).find(({ skewMs }) => skewMs !== undefined);
    return [clockFinding(told?.skewMs)];
  },
};

/** Where STS is, in each region, asked of the SDK itself, whose clients go there. */
export async function reachSts(
  aws: Config["aws"],
  regions: readonly string[],
  surroundings: Surroundings,
): Promise<StsAnswer[]> {
  const setting = "aws.endpoints.sts";
  const { STSClient } = await import("@aws-sdk/client-sts");
  const originIn = (region: string) => {
    if (aws.endpoints.sts !== undefined) return aws.endpoints.sts;
    const { config } = new STSClient({ region });
    return config.endpointProvider({ Region: region, UseFIPS: aws.fips, UseDualStack: aws.dualstack }).url
      .origin;
  };
  return Promise.all(
    regions.map(async (region) => ({
      region,
      ...(await reach({ origin: originIn(region), setting }, surroundings)),
    })),
  );
}

function clockFinding(skew: number | undefined): Finding {
  if (skew === undefined) return skipped("STS told no time");
  const seconds = Math.round(Math.abs(skew) / 1000);
  // The header tells whole seconds, and the answer was on its way for a while.
  if (seconds <= 2) return ok("agrees with AWS's");
  const seen = `${seconds} s ${skew < 0 ? "behind" : "ahead of"} AWS's`;
  if (Math.abs(skew) > REFUSED_SKEW_MS)
    return failed(`${seen}: AWS refuses signatures more than 300 s off`, NTP);
  return Math.abs(skew) > NOTABLE_SKEW_MS ? warning(seen, NTP) : ok(seen);
}
