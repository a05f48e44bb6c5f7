/** The identity of the base credentials, by STS, and whether it is the one that roles trust. */
import { systemReasonOf } from "../../core/reason.ts";
import { awsSource } from "../../server/open.ts";
import { failed, ok, skipped, type Check, type Finding } from "./check.ts";

export const identityCheck: Check = {
  name: "AWS identity",
  overdue: "STS doesn't answer: check the network",
  async run({ config: { aws }, sts }) {
    const there = (await sts).find(({ trouble }) => trouble === undefined);
    if (!there) return [skipped("STS can't be reached: see its check")];
    try {
      const { arn } = await (await awsSource(aws)).identity(there.region);
      return [identityFinding(arn, aws.principalArn)];
    } catch (error) {
      return [refusal(error)];
    }
  },
};

function refusal(error: unknown): Finding {
  const name = error instanceof Error ? error.name : "";
  const seen = name === "" ? systemReasonOf(error) : `${name}: ${systemReasonOf(error)}`;
  switch (name) {
    case "CredentialsProviderError":
      return skipped("no credentials: see the check of AWS credentials");
    case "SignatureDoesNotMatch":
      return failed(
        seen,
        "the secret access key doesn't belong to the key id, or the clock is off: see its check",
      );
    case "InvalidClientTokenId":
      return failed(
        seen,
        "the access key was deleted or deactivated, or belongs to another partition: use another one",
      );
    case "ExpiredToken":
    case "ExpiredTokenException":
      return failed(seen, "renew the credentials at their source");
    default:
      return failed(seen, "STS rejects these credentials: its message says why");
  }
}

/** The finding for the caller `arn`, given the configured `principalArn`, if any. */
export function identityFinding(arn: string, principalArn: string | undefined): Finding {
  if (arn.endsWith(":root"))
    return failed(
      `${arn}, the root user`,
      "delete its access key; run Signet as a role that may do nothing but sts:AssumeRole on the delegated roles",
    );
  if (principalArn === undefined) return ok(arn);
  if (!isSame(principalArn, arn))
    return failed(
      `${arn}, but aws.principalArn is ${principalArn}`,
      "roles trust aws.principalArn: set it to this identity, or give Signet that identity's credentials",
    );
  return ok(`${arn}, as in aws.principalArn`);
}

/** A session's ARN has its role's partition, account and name, but not its path. */
function isSame(principalArn: string, arn: string): boolean {
  if (arn === principalArn) return true;
  const [, partition, account, role] =
    /^arn:([a-z-]+):iam::([0-9]{12}):role\/(?:.*\/)?([^/]+)$/.exec(principalArn) ?? [];
  return role !== undefined && arn.startsWith(`arn:${partition}:sts::${account}:assumed-role/${role}/`);
}
