/** Whose the base credentials are, by STS, and whether that is the identity that roles are told to trust. */
import { systemReasonOf } from "../../core/reason.ts";
import { awsSource } from "../../server/open.ts";
import { failed, ok, skipped, type Check, type Finding } from "./check.ts";

export const identityCheck: Check = {
  name: "AWS identity",
  overdue: "STS doesn't answer: check the network",
  async run({ config: { aws }, sts }) {
    const there = (await sts).find(({ trouble }) => trouble === undefined);
    if (!there) return [skipped("STS can't be asked: see the check of STS")];
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
      return skipped("there are no credentials: see the check of AWS credentials");
    case "SignatureDoesNotMatch":
      return failed(
        seen,
        "the secret access key isn't the key id's, or the clock is off: see the check of it",
      );
    case "InvalidClientTokenId":
      return failed(
        seen,
        "the access key was deleted or deactivated, or belongs to another partition: give another one",
      );
    case "ExpiredToken":
    case "ExpiredTokenException":
      return failed(seen, "renew the credentials where they come from");
    default:
      return failed(seen, "STS answers, but not to these credentials: its text says why");
  }
}

/** What is to be said of the caller `arn`, where the configuration names `principalArn` or nothing. */
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
      "roles trust what aws.principalArn names: set it to this identity, or give Signet that one's credentials",
    );
  return ok(`${arn}, as aws.principalArn says`);
}

/** A session's ARN tells its role's partition, account and name, but not its path. */
function isSame(principalArn: string, arn: string): boolean {
  if (arn === principalArn) return true;
  const [, partition, account, role] =
    /^arn:([a-z-]+):iam::([0-9]{12}):role\/(?:.*\/)?([^/]+)$/.exec(principalArn) ?? [];
  return role !== undefined && arn.startsWith(`arn:${partition}:sts::${account}:assumed-role/${role}/`);
}
