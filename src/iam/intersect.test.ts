import { describe, expect, it } from "vitest";
import type { Grant } from "../core/delegation.ts";
import { intersectGrants } from "./intersect.ts";

const grant = (change: Partial<Grant>): Grant => ({
  operations: ["Converse"],
  models: ["us.anthropic.*"],
  regions: ["us-east-1"],
  settings: [],
  ...change,
});

describe("the intersection of grants", () => {
  it.each<[string, Partial<Grant>, Partial<Grant>, Partial<Grant>[]]>([
    ["a client's wildcard shrinks to its delegation's models", {}, { models: ["*"] }, [{}]],
    [
      "a narrower model stays",
      {},
      { models: ["us.anthropic.claude-x"] },
      [{ models: ["us.anthropic.claude-x"] }],
    ],
    ["all operations are those of the delegation", {}, { operations: ["*"] }, [{}]],
    [
      "operations of only one side are left out",
      { operations: ["Converse", "InvokeModel"] },
      { operations: ["InvokeModel", "CountTokens"] },
      [{ operations: ["InvokeModel"] }],
    ],
    ["disjoint regions leave nothing", {}, { regions: ["eu-west-1"] }, []],
    [
      "overlapping patterns leave their overlap",
      { models: ["us.anthropic.*", "us.amazon.*"] },
      { models: ["us.*claude*", "*.nova-*"] },
      [
        {
          models: [
            "us.anthropic.*claude*",
            "us.amazon.*claude*",
            "us.anthropic.nova-*",
            "us.anthropic.*.nova-*",
            "us.amazon.nova-*",
            "us.amazon.*.nova-*",
          ],
        },
      ],
    ],
    [
      "a pattern of ARNs and one of ids leave the ARNs of those ids",
      { models: ["us.anthropic.*"] },
      {
        models: [
          "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.*",
          "arn:aws:bedrock:*:*:application-inference-profile/*",
        ],
      },
      [{ models: ["arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.*"] }],
    ],
    [
      "guardrails are compared as such",
      { models: ["guardrail/*"] },
      { models: ["arn:aws:bedrock:us-east-1:123456789012:guardrail/abc"] },
      [{ models: ["arn:aws:bedrock:us-east-1:123456789012:guardrail/abc"] }],
    ],
    ["a setting needs both", { settings: ["trace"] }, { settings: [] }, [{ settings: [] }]],
  ])("%s", (_, outer, own, expected) => {
    expect(intersectGrants([grant(outer)], [grant(own)])).toEqual(expected.map(grant));
  });
});
