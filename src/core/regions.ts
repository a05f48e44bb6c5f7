/**
 * The AWS partitions that have Bedrock, and the hosts that follow from a region. Hosts are only ever built here (or
 * given by the operator), from a region that has the form of its partition: no text from a caller can become part of
 * one. Source: the AWS SDKs' partitions table.
 */
const PARTITIONS: { partition: string; regions: RegExp; suffix: string; dualstack: string }[] = [
  {
    partition: "aws-us-gov",
    regions: /^us-gov-[a-z]{4,9}-\d$/,
    suffix: "amazonaws.com",
    dualstack: "api.aws",
  },
  {
    partition: "aws-eusc",
    regions: /^eusc-de-[a-z]{4,9}-\d$/,
    suffix: "amazonaws.eu",
    dualstack: "api.amazonwebservices.eu",
  },
  {
    partition: "aws",
    regions: /^(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]{4,9}-\d$/,
    suffix: "amazonaws.com",
    dualstack: "api.aws",
  },
];

/** The partition that a region belongs to; undefined if it isn't a region. */
export function partitionOf(region: string): string | undefined {
  return PARTITIONS.find((entry) => entry.regions.test(region))?.partition;
}

/**
 * `https://bedrock-runtime.us-east-1.amazonaws.com` and its FIPS and dual-stack variants. Throws if it isn't a region.
 */
export function endpointOf(
  service: "bedrock-runtime" | "bedrock" | "bedrock-mantle",
  region: string,
  variant: { fips: boolean; dualstack: boolean },
): string {
  const entry = PARTITIONS.find(({ regions }) => regions.test(region));
  if (!entry) throw new RangeError(`not an AWS region: ${JSON.stringify(region)}`);
  // Mantle has dual-stack hosts only. Source: "Endpoints supported by Amazon Bedrock" in its user guide.
  if (service === "bedrock-mantle") return `https://bedrock-mantle.${region}.${entry.dualstack}`;
  const host = `${service}${variant.fips ? "-fips" : ""}.${region}`;
  return `https://${host}.${variant.dualstack ? entry.dualstack : entry.suffix}`;
}
