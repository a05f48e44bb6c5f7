/** The content of a new `signet sandbox`: the gateway's own account and user, and no role yet. */
import type { SandboxIam } from "./iam/api.ts";

const SIGNET_ACCOUNT = "123456789012";

const MAY_ASSUME = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], Resource: "*" },
  ],
};

export interface Seeded {
  account: string;
  userArn: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Creates the user `signet`, which may assume any role that trusts it, and its access key. */
export function seedDefaults({ iam }: { iam: SandboxIam }): Seeded {
  const { arn } = iam.createUser({
    account: SIGNET_ACCOUNT,
    userName: "signet",
    inlinePolicies: { AssumeDelegatedRoles: MAY_ASSUME },
  });
  return { account: SIGNET_ACCOUNT, userArn: arn, ...iam.createAccessKey({ userArn: arn }) };
}
