/** Whether STS can be reached, in each region. */
import type { Config } from "../../config/schema.ts";
import { reach, type Reached, type Surroundings } from "./reach.ts";

export interface StsAnswer extends Reached {
  region: string;
}

/** STS's address in each region, from the SDK itself, whose clients go there. */
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
