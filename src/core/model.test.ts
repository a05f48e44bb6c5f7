import { describe, expect, it } from "vitest";
import { foundationModelOf, isProfileId, matchesPattern, parseModelName } from "./model.ts";

const place = { partition: "aws", region: "eu-west-1", account: "123456789012" };

describe("model names", () => {
  it.each([
    [
      "anthropic.claude-3-haiku-20240307-v1:0",
      "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
    ],
    [
      "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ],
    ["zai.glm-4.6", "arn:aws:bedrock:eu-west-1::foundation-model/zai.glm-4.6"],
  ])("the id %s means %s", (id, arn) => {
    expect(parseModelName(id, place)).toEqual({ name: id, modelId: id, arn });
  });

  it("read an ARN's region and account, and give one model the same id however it is named", () => {
    const arn = "arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.amazon.nova-lite-v1:0";
    expect(parseModelName(arn, place)).toEqual({
      name: "us.amazon.nova-lite-v1:0",
      modelId: arn,
      arn,
      region: "us-west-2",
      account: "111122223333",
    });
  });

  it("identify an application profile by its ARN only", () => {
    const arn = "arn:aws:bedrock:us-west-2:111122223333:application-inference-profile/a1b2c3d4e5f6";
    expect(parseModelName(arn, place)?.name).toBe(arn);
  });

  it.each([
    "",
    "a",
    "Claude",
    "a b",
    "a/b",
    "arn:aws:s3:::bucket",
    "arn:aws:bedrock:us-east-1::guardrail/x",
    "../x",
    "a.b\n",
  ])("don't include %j", (text) => {
    expect(parseModelName(text, place)).toBeUndefined();
  });

  it("distinguish profiles from models", () => {
    expect(isProfileId("global.anthropic.claude-x")).toBe(true);
    expect(isProfileId("us-gov.anthropic.claude-x")).toBe(true);
    expect(isProfileId("anthropic.claude-x")).toBe(false);
    expect(foundationModelOf("apac.amazon.nova-pro-v1:0")).toBe("amazon.nova-pro-v1:0");
  });
});

describe("patterns", () => {
  it.each([
    ["*", "anything", true],
    ["us.anthropic.*", "us.anthropic.claude-x", true],
    ["us.anthropic.*", "eu.anthropic.claude-x", false],
    ["*claude*", "us.anthropic.claude-x", true],
    ["a*a", "a", false],
    ["a*b*c", "abc", true],
    ["a*b*c", "acb", false],
    ["a.c", "abc", false],
    ["*.haiku", "x.haiku", true],
    ["", "", true],
  ])("%s matches %s: %s", (pattern, value, expected) => {
    expect(matchesPattern(pattern, value)).toBe(expected);
  });
});
