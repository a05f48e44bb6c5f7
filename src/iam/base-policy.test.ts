import { runSimulation } from "@cloud-copilot/iam-simulate";
import { describe, expect, it } from "vitest";
import { decideByIdentity } from "../../sandbox/iam/evaluate.ts";
import { parsePolicy } from "../../sandbox/iam/policy.ts";
import type { Delegation } from "../core/delegation.ts";
import { basePolicies, basePolicy } from "./base-policy.ts";
import { ACCOUNT, delegation, ROLE, SIGNET } from "./fixtures.ts";

const withRole = (change: Partial<Delegation>) => delegation({ grants: [], ...change });
const roleIn = (account: string) => `arn:aws:iam::${account}:role/signet`;

/** The owner's side: across accounts both must allow. */
const TRUST = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: SIGNET }, Action: "sts:*" }],
};

/** Whether Signet's own identity may, by both evaluators, which must agree. */
async function may(delegations: Delegation[], action: string, resource: string): Promise<boolean> {
  const policy = basePolicy(delegations);
  const result = await runSimulation(
    {
      request: {
        principal: SIGNET,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: {},
      },
      identityPolicies: [{ name: "base", policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: TRUST,
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  const policies = { identity: [parsePolicy(policy, "identity")], session: null };
  const { allowed } = decideByIdentity(policies, { action, resource, context: {} });
  expect({ resource, allowed }).toEqual({ resource, allowed: result.overallResult === "Allowed" });
  return allowed;
}

describe("the policy of Signet's own identity", () => {
  it("allows assuming exactly the roles of delegations that are not revoked", () => {
    const policy = basePolicy([
      withRole({ roleArn: roleIn("222222222222") }),
      withRole({ roleArn: roleIn("111111111111"), state: "suspended" }),
      withRole({ roleArn: roleIn("111111111111"), state: "pending" }),
      withRole({ roleArn: roleIn("333333333333"), state: "revoked" }),
      withoutRole(),
    ]);
    expect(policy.Statement).toEqual([
      {
        Sid: "AssumeDelegatedRoles",
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: [roleIn("111111111111"), roleIn("222222222222")],
      },
    ]);
  });

  it("allows session tags and a source identity only on the roles that use them", () => {
    const tagged = withRole({
      roleArn: roleIn("1"),
      session: { durationSeconds: 3600, tags: { team: "a" } },
    });
    const named = withRole({
      roleArn: roleIn("2"),
      session: { durationSeconds: 3600, tags: {}, sourceIdentity: "a" },
    });
    const byAction = Object.fromEntries(
      basePolicy([tagged, named]).Statement.map(({ Action, Resource }) => [Action, Resource]),
    );
    expect(byAction).toEqual({
      "sts:AssumeRole": [roleIn("1"), roleIn("2")],
      "sts:TagSession": [roleIn("1")],
      "sts:SetSourceIdentity": [roleIn("2")],
    });
  });

  it("is one for each partition that has roles", () => {
    const gov = { partition: "aws-us-gov", roleArn: "arn:aws-us-gov:iam::333333333333:role/signet" };
    const found = basePolicies([
      withRole({ roleArn: roleIn("111111111111") }),
      withRole(gov),
      withRole({ roleArn: roleIn("222222222222") }),
      withRole({ partition: "aws-eusc", roleArn: "arn:aws-eusc:iam::444444444444:role/x", state: "revoked" }),
    ]);
    expect(found.map(({ partition, policy }) => [partition, policy.Statement[0]?.Resource])).toEqual([
      ["aws", [roleIn("111111111111"), roleIn("222222222222")]],
      ["aws-us-gov", [gov.roleArn]],
    ]);
  });

  it("takes wildcard characters in a role's path literally", async () => {
    const own = ROLE.replace("role/", "role/a*b?c$/");
    const strange = [withRole({ roleArn: own })];
    expect(await may(strange, "sts:AssumeRole", own)).toBe(true);
    expect(await may(strange, "sts:AssumeRole", own.replace("a*b", "aXYb"))).toBe(false);
    expect(await may(strange, "sts:AssumeRole", own.replace("b?c", "bXc"))).toBe(false);
  });

  it("is refused with the field's name if there are too many delegations for one policy", () => {
    const many = Array.from({ length: 200 }, (_, i) =>
      withRole({ roleArn: roleIn(String(i).padStart(12, "0")) }),
    );
    expect(() => basePolicy(many)).toThrow(
      expect.objectContaining({ name: "PolicyError", field: "delegations" }),
    );
  });
});

function withoutRole(): Delegation {
  const { roleArn: _, ...rest } = withRole({});
  return rest;
}
