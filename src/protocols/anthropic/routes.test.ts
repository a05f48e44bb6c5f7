import { describe, expect, it } from "vitest";
import { match } from "./routes.ts";

const ROUTES: [method: string, path: string, endpoint: string, params: string[]][] = [
  ["POST", "/v1/messages", "messages", []],
  ["POST", "/v1/messages/count_tokens", "countTokens", []],
  ["GET", "/v1/models", "models", []],
  ["GET", "/v1/models/claude%3A1", "model", ["claude%3A1"]],
  [
    "GET",
    "/v1/models/arn:aws:bedrock:us-east-1:1:inference-profile/p",
    "model",
    ["arn:aws:bedrock:us-east-1:1:inference-profile/p"],
  ],
  ["HEAD", "/api/hello", "hello", []],
  ["GET", "/api/hello", "hello", []],
];

describe.each(["", "/anthropic"])("below %j", (prefix) => {
  it.each(ROUTES)("%s %s is %s", (method, path, endpoint, params) => {
    expect(match(method, prefix + path)).toMatchObject({ endpoint, params });
  });

  it.each(ROUTES)(
    "not %s, but another method on %s is distinguished from a path that doesn't exist",
    (_, path) => {
      expect(match("DELETE", prefix + path)).toBe("method");
    },
  );

  it.each([
    "/",
    "/v1",
    "/v1/models/",
    "/v1/messages/",
    "/v1/messages/batches",
    "/v2/messages",
    "/api/hello/x",
  ])("%s doesn't exist", (path) => {
    expect(match("POST", prefix + path)).toBeUndefined();
  });
});

it("the prefix may appear only once, and with a slash", () => {
  expect(match("POST", "/anthropicv1/messages")).toBeUndefined();
  expect(match("POST", "/anthropic/anthropic/v1/messages")).toBeUndefined();
  expect(match("POST", "/anthropic")).toBeUndefined();
});
