/** Which grants can't work where they are granted, by the catalogue. */
import { expect, it } from "vitest";
import { CATALOGUE_VERSION } from "../bedrock/catalogue.ts";
import { unreachable } from "./unreachable.ts";

const found = (models: string[], ...regions: string[]) => unreachable([{ models, regions }]);

it(`grants of other geographies are, with the regions that have them (catalogue ${CATALOGUE_VERSION})`, () => {
  expect(found(["jp.*"], "us-east-1")).toEqual([
    { pattern: "jp.*", regions: ["ap-northeast-1", "ap-northeast-3"] },
  ]);
  expect(found(["eu.anthropic.*", "us.anthropic.*"], "us-east-1").map(({ pattern }) => pattern)).toEqual([
    "eu.anthropic.*",
  ]);
});

it("grants that one region can use, and models that no list has, are not", () => {
  expect(found(["us.anthropic.*", "global.anthropic.*", "*", "*.anthropic.*"], "us-east-1")).toEqual([]);
  expect(found(["jp.*"], "us-east-1", "ap-northeast-1")).toEqual([]);
  expect(found(["acme.new-model-v1:0", "sa.acme.*"], "us-east-1")).toEqual([]);
  const arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc";
  expect(found([arn], "us-east-1")).toEqual([]);
});
