import { describe, expect, it } from "vitest";
import { decideByIdentity } from "../../sandbox/iam/evaluate.ts";
import { parsePolicy } from "../../sandbox/iam/policy.ts";
import { REVOCATION_POLICY_NAME, revocationPolicy } from "./revocation-policy.ts";

const MOMENT = new Date("2026-11-23T10:00:00.500Z");
const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/** Whether a session issued then may do anything, with a policy that allows everything. */
function mayAct(issuedAt: string): boolean {
  const identity = [parsePolicy(everything, "identity"), parsePolicy(revocationPolicy(MOMENT), "identity")];
  const ask = {
    action: "bedrock:InvokeModel",
    resource: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    context: { "aws:tokenissuetime": [issuedAt] },
  };
  return decideByIdentity({ identity, session: null }, ask).allowed;
}

describe("the revocation policy", () => {
  it("has the IAM console's name for it, so that the console's own revocation replaces it", () => {
    expect(REVOCATION_POLICY_NAME).toBe("AWSRevokeOlderSessions");
  });

  it("denies everything to sessions from before the moment, and nothing to those from after", () => {
    expect(mayAct("2026-11-23T09:59:59Z")).toBe(false);
    expect(mayAct("2026-11-23T10:00:00Z")).toBe(false);
    expect(mayAct("2026-11-23T10:00:01Z")).toBe(true);
  });
});
