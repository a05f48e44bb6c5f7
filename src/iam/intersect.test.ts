import { describe, expect, it } from "vitest";
import type { Grant } from "../core/delegation.ts";
import { intersectGrants } from "./intersect.ts";

const grant = (change: Partial<Grant>): Grant => ({
  operations: ["Converse"],
  models: ["us.anthropic.*"],
  regions: ["us-east-1"],
  headers: [],
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
    ["a header needs both", { headers: ["x-amzn-bedrock-trace"] }, { headers: [] }, [{ headers: [] }]],
  ])("%s", (_, outer, own, expected) => {
    expect(intersectGrants([grant(outer)], [grant(own)])).toEqual(expected.map(grant));
  });
});
