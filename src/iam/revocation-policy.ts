/**
 * Ends the sessions that a role has given out: everything is denied to those issued before a moment. IAM decides
 * each request anew, so it reaches sessions that are alive. Source: the IAM user guide, "Revoke IAM role temporary
 * security credentials", whose console makes the same policy under the same name.
 */
import type { PolicyDocument } from "./document.ts";

export const REVOCATION_POLICY_NAME = "AWSRevokeOlderSessions";

export function revocationPolicy(before: Date): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: ["*"],
        Resource: ["*"],
        Condition: { DateLessThan: { "aws:TokenIssueTime": before.toISOString() } },
      },
    ],
  };
}
