import { describe, expect, it } from "vitest";
import {
  coversName,
  foundationModelOf,
  isProfileId,
  matchesPattern,
  modelsBehind,
  nameGeographies,
  parseModelName,
} from "./model.ts";

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

describe("ids with dots in the model's name", () => {
  it.each([
    ["deepseek.v3.1", false],
    ["zai.glm-4.7", false],
    ["minimax.minimax-m2.1", false],
    ["openai.gpt-5.4", false],
    ["in.moonshotai.kimi-k3.1", true],
    ["jp.anthropic.claude-sonnet-5", true],
    ["us.deepseek.v3.2", true],
    // A geography, or a vendor, that this version doesn't know.
    ["sa.anthropic.claude-sonnet-5", true],
    ["us.newcomer.model-1", true],
    ["newcomer.model-1.2", false],
    ["us.*", true],
    ["us.meta.*", true],
    ["anthropic.*", false],
  ])("%s is a profile's: %s", (id, expected) => {
    expect(isProfileId(id)).toBe(expected);
  });

  it("are profiles of the geographies that the operator names", () => {
    expect(isProfileId("xy.newcomer.model-1")).toBe(false);
    nameGeographies(["xy"]);
    try {
      expect(foundationModelOf("xy.newcomer.model-1")).toBe("newcomer.model-1");
      expect(isProfileId("in.moonshotai.kimi-k3")).toBe(true);
    } finally {
      nameGeographies();
    }
  });
});

describe("the models behind the profiles that a pattern may match", () => {
  it.each([
    ["*", ["*"]],
    ["u*", ["*"]],
    ["*claude*", ["*claude*"]],
    ["*.anthropic.*", ["anthropic.*"]],
    ["*.v3*", ["v3*", "*.v3*"]],
    ["xy.*", ["*"]],
    ["anthropic.*", []],
    ["deep*", []],
  ])("%s: %j", (pattern, expected) => {
    expect(modelsBehind(pattern)).toEqual(expected);
  });
});

describe("what a grant's pattern covers", () => {
  const application = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1";
  it.each([
    ["*", application, true],
    // To AWS this is a pattern of ids, and the role's policy says so.
    ["a*", application, false],
    ["arn:aws:bedrock:*:*:application-inference-profile/*", application, true],
    ["*claude*", "us.anthropic.claude-x", true],
  ])("%s covers %s: %s", (pattern, name, expected) => {
    expect(coversName(pattern, name, name.startsWith("arn:") ? name : null)).toBe(expected);
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
