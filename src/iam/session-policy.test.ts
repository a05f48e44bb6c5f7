import { describe, expect, it } from "vitest";
import type { Grant } from "../core/delegation.ts";
import { SESSION_POLICY_LIMIT, SessionPolicyTooLarge, sessionPolicy } from "./session-policy.ts";

const place = { partition: "aws", region: "us-east-1", account: "123456789012" };

function statements(grant: Partial<Grant>) {
  const full: Grant = {
    operations: ["Converse"],
    models: ["*"],
    regions: ["us-east-1"],
    headers: [],
    ...grant,
  };
  return JSON.parse(sessionPolicy([full], place)).Statement;
}

describe("the session policy", () => {
  it("allows a foundation model in the granted region only", () => {
    expect(statements({ models: ["amazon.titan-embed-text-v2:0"], operations: ["InvokeModel"] })).toEqual([
      {
        Effect: "Allow",
        Action: ["bedrock:InvokeModel"],
        Resource: ["arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"],
      },
    ]);
  });

  it("allows a profile's model through the profile only", () => {
    const profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0";
    expect(statements({ models: ["us.amazon.nova-lite-v1:0"] })).toEqual([
      { Effect: "Allow", Action: ["bedrock:InvokeModel"], Resource: [profile] },
      {
        Effect: "Allow",
        Action: ["bedrock:InvokeModel"],
        Resource: ["arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"],
        Condition: { ArnLike: { "bedrock:InferenceProfileArn": [profile] } },
      },
    ]);
  });

  it("asks for the streaming action only where a streaming operation is granted", () => {
    const actions = (operations: Grant["operations"]) => statements({ operations })[0].Action;
    expect(actions(["Converse", "InvokeModel"])).toEqual(["bedrock:InvokeModel"]);
    expect(actions(["ConverseStream"])).toEqual(["bedrock:InvokeModelWithResponseStream"]);
  });

  it("gives a guardrail and discovery nothing but their own actions", () => {
    expect(
      statements({ operations: ["ApplyGuardrail", "ListInferenceProfiles"], models: ["guardrail/abc"] }),
    ).toEqual([
      {
        Effect: "Allow",
        Action: ["bedrock:ApplyGuardrail"],
        Resource: ["arn:aws:bedrock:us-east-1:123456789012:guardrail/abc"],
      },
      { Effect: "Allow", Action: ["bedrock:ListInferenceProfiles"], Resource: "*" },
    ]);
  });

  it("puts models of one kind into one statement, and says so when it can't fit", () => {
    const models = (count: number) =>
      Array.from({ length: count }, (_, i) => `amazon.model-number-${i}-v1:0`);
    expect(statements({ models: models(20) })).toHaveLength(1);
    expect(() => statements({ models: models(60) })).toThrow(SessionPolicyTooLarge);
    expect(JSON.stringify(statements({ models: models(20) })).length).toBeLessThan(SESSION_POLICY_LIMIT);
  });
});
