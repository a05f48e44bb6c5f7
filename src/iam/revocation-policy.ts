/**
 * Ends a role's existing sessions: everything is denied to those issued before a moment. IAM evaluates each request
 * separately, so this affects live sessions. Source: the IAM user guide, "Revoke IAM role temporary
 * security credentials", whose console creates the same policy under the same name.
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
