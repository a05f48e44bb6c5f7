import { request } from "node:http";
import { ConverseCommand, BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { getTokenProvider } from "@aws/bedrock-token-generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";

const ACCOUNT = "111122223333";
const MODEL = "amazon.nova-lite-v1:0";
let sandbox: Sandbox;
let now: number;

beforeEach(async () => {
  now = Date.now();
  sandbox = await startSandbox({ clock: () => now });
});
afterEach(() => sandbox.close());

function credentials(...actions: string[]) {
  const { arn } = sandbox.iam.createUser({
    account: ACCOUNT,
    userName: "u",
    inlinePolicies: {
      p: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] },
    },
  });
  return sandbox.iam.createAccessKey({ userArn: arn });
}

function tokenOf(from: { accessKeyId: string; secretAccessKey: string }, expiresInSeconds = 900) {
  return getTokenProvider({ region: "us-east-1", credentials: from, expiresInSeconds })();
}

async function converse(token: string) {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: sandbox.url,
    token: { token },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
  try {
    await client.send(
      new ConverseCommand({ modelId: MODEL, messages: [{ role: "user", content: [{ text: "hi" }] }] }),
    );
    return "ok";
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : "";
  } finally {
    client.destroy();
  }
}

/** A call whose Host header names AWS's endpoint of a region. */
function statusAt(region: string, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: `bedrock-runtime.${region}.amazonaws.com`,
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    };
    const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "hi" }] }] });
    const path = `/model/${encodeURIComponent(MODEL)}/converse`;
    request(sandbox.url, { method: "POST", path, headers }, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end(body);
  });
}

describe("a Bedrock API key", () => {
  it("by AWS's own generator serves, with the permission for it", async () => {
    const allowed = credentials("bedrock:CallWithBearerToken", "bedrock:InvokeModel");
    expect(await converse(await tokenOf(allowed))).toBe("ok");
  });

  it("without that permission, or the call's, is denied", async () => {
    expect(await converse(await tokenOf(credentials("bedrock:InvokeModel")))).toContain(
      "bedrock:CallWithBearerToken",
    );
    await sandbox.close();
    sandbox = await startSandbox({ clock: () => now });
    const only = credentials("bedrock:CallWithBearerToken");
    expect(await converse(await tokenOf(only))).toContain("not authorized to perform: bedrock:InvokeModel");
  });

  it("is refused when it is tampered with, unknown, or no key at all", async () => {
    const token = await tokenOf(credentials("*"));
    const url = Buffer.from(token.slice("bedrock-api-key-".length), "base64").toString();
    const forged = (change: (text: string) => string) =>
      `bedrock-api-key-${Buffer.from(change(url)).toString("base64")}`;
    for (const bad of [
      forged((text) => text.replace("Expires=900", "Expires=43200")),
      forged((text) => text.replace("us-east-1", "us-west-2")),
      forged((text) => text.replace(/AKIA[A-Z0-9]+/, "AKIAUNKNOWN")),
      "bedrock-api-key-AAAA",
      "something",
    ])
      expect(await converse(bad)).toContain("Please make sure your API Key is valid");
  });

  it("ends when it was said to end", async () => {
    const token = await tokenOf(credentials("*"));
    now += 899_000;
    expect(await converse(token)).toBe("ok");
    now += 2_000;
    expect(await converse(token)).toContain("Bearer Token has expired");
  });

  it("is good for its region alone", async () => {
    const token = await tokenOf(credentials("*"));
    expect(await statusAt("us-east-1", token)).toBe(200);
    expect(await statusAt("us-west-2", token)).toBe(403);
  });
});
