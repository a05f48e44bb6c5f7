import { request } from "node:http";
import { ConverseCommand, BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { getTokenProvider } from "@aws/bedrock-token-generator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { allow, trust } from "../testing.ts";
import type { Keys } from "../testing.ts";

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

function tokenOf(from: Keys, expiresInSeconds = 900) {
  return getTokenProvider({ region: "us-east-1", credentials: from, expiresInSeconds })();
}

async function converse(token: string, http1 = false) {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: sandbox.url,
    token: { token },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
    ...(http1 ? { requestHandler: new NodeHttpHandler() } : {}),
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
  it("from AWS's own generator works over h2c and HTTP/1.1, with the permission for it", async () => {
    const allowed = credentials("bedrock:CallWithBearerToken", "bedrock:InvokeModel");
    const token = await tokenOf(allowed);
    expect(await converse(token)).toBe("ok");
    expect(await converse(token, true)).toBe("ok");
    expect(sandbox.calls().map(({ httpVersion }) => httpVersion)).toEqual(["2", "1.1"]);
    expect(JSON.stringify(sandbox.calls())).not.toContain(token);
  });

  it("is denied without that permission, or the call's", async () => {
    expect(await converse(await tokenOf(credentials("bedrock:InvokeModel")))).toContain(
      "bedrock:CallWithBearerToken",
    );
    await sandbox.close();
    sandbox = await startSandbox({ clock: () => now });
    const only = credentials("bedrock:CallWithBearerToken");
    expect(await converse(await tokenOf(only))).toContain("not authorized to perform: bedrock:InvokeModel");
  });

  it("is refused if tampered with, unknown, or not a key", async () => {
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

  it("expires when it says", async () => {
    const token = await tokenOf(credentials("*"));
    now += 899_000;
    expect(await converse(token)).toBe("ok");
    now += 2_000;
    expect(await converse(token)).toContain("Bearer Token has expired");
  });

  it("ends with the session that made it", async () => {
    const { arn } = sandbox.iam.createRole({
      account: ACCOUNT,
      roleName: "r",
      trustPolicy: trust(ACCOUNT, {}),
      inlinePolicies: { p: allow(["bedrock:CallWithBearerToken", "bedrock:InvokeModel"]) },
    });
    const session = sandbox.iam.createSession({ roleArn: arn, roleSessionName: "s", durationSeconds: 900 });
    const token = await tokenOf(session, 43_200);
    expect(await converse(token)).toBe("ok");
    now += 901_000;
    expect(await converse(token)).toContain("Bearer Token has expired");
  });

  it("is denied if a policy denies short-term keys", async () => {
    const from = credentials("*");
    const shortTerm = { StringEquals: { "bedrock:BearerTokenType": "SHORT_TERM" } };
    const Statement = [
      { Effect: "Deny", Action: "bedrock:CallWithBearerToken", Resource: "*", Condition: shortTerm },
    ];
    const policy = { Version: "2012-10-17", Statement };
    sandbox.iam.putPolicy({ arn: `arn:aws:iam::${ACCOUNT}:user/u`, policyName: "d", policy });
    expect(await converse(await tokenOf(from))).toContain(
      "with an explicit deny in an identity-based policy",
    );
  });

  it("is refused if dated in the future, or in a region that the account hasn't enabled", async () => {
    const token = await tokenOf(credentials("*"));
    now -= 301_000;
    expect(await converse(token)).toContain("Please make sure your API Key is valid");
    now += 301_000;
    sandbox.iam.setDisabledRegions({ account: ACCOUNT, regions: ["us-east-1"] });
    expect(await converse(token)).toContain("Please make sure your API Key is valid");
  });

  it("works only in its region", async () => {
    const token = await tokenOf(credentials("*"));
    expect(await statusAt("us-east-1", token)).toBe(200);
    expect(await statusAt("us-west-2", token)).toBe(403);
  });
});
