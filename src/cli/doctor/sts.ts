/** STS and the clock: whether STS can be reached, and whether AWS would accept this machine's signatures. */
import { partitionOf } from "../../core/regions.ts";
import { failed, ok, skipped, warning, type Check, type Finding } from "./check.ts";

const NOTABLE_SKEW_MS = 60_000;
/** AWS rejects signatures that are further off its own time. Source: SigV4, "Troubleshooting". */
const REFUSED_SKEW_MS = 5 * 60_000;
const NTP =
  "synchronize this machine's clock by NTP: `timedatectl set-ntp true`, or chrony with 169.254.169.123 on EC2";

export const regionCheck: Check = {
  name: "region",
  overdue: "run it again",
  async run({ config: { aws } }) {
    if (aws.region === undefined)
      return [
        warning(
          "not configured: each new delegation must name one",
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
    return answers.map(({ region, origin, via, trouble }) =>
      trouble
        ? failed(`${region}: ${origin}: ${trouble.reason}`, trouble.fix)
        : ok(`${region}: ${origin} answers${via === undefined ? "" : ` through ${via}`}`),
    );
  },
};

export const clockCheck: Check = {
  name: "clock",
  overdue: stsCheck.overdue,
  async run({ sts }) {
    const answered = (await sts).find(({ skewMs }) => skewMs !== undefined);
    return [clockFinding(answered?.skewMs)];
  },
};

function clockFinding(skew: number | undefined): Finding {
  if (skew === undefined) return skipped("STS reported no time");
  const seconds = Math.round(Math.abs(skew) / 1000);
  // The header has whole seconds, and the answer took a while to arrive.
  if (seconds <= 2) return ok("in sync with AWS");
  const seen = `${seconds} s ${skew < 0 ? "behind" : "ahead of"} AWS`;
  if (Math.abs(skew) > REFUSED_SKEW_MS)
    return failed(`${seen}: AWS rejects signatures more than 300 s off`, NTP);
  return Math.abs(skew) > NOTABLE_SKEW_MS ? warning(seen, NTP) : ok(seen);
}
