/** The control endpoint, as another process uses it. */
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startSandbox } from "./index.ts";
import type { CallRecord, Sandbox } from "./index.ts";
import { CLAUDE, EXTERNAL_ID, OWNER, allow, bedrockClient, says, stsClient, trust } from "./testing.ts";
import type { Keys } from "./testing.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

async function control(
  call: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const [method = "GET", path = ""] = call.split(" ");
  const answer = await fetch(`${sandbox.url}/_sandbox${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

it("sets up a user and a role from outside, and shows the calls that follow", async () => {
  const { body: user } = await control("POST /iam/createUser", {
    account: "111111111111",
    userName: "signet",
    inlinePolicies: { Assume: allow("sts:AssumeRole") },
  });
  const { body: key } = await control("POST /iam/createAccessKey", { userArn: user["arn"] });
  const { body: role } = await control("POST /iam/createRole", {
    account: OWNER,
    roleName: "delegated",
    trustPolicy: trust(String(user["arn"])),
    inlinePolicies: { Bedrock: JSON.stringify(allow("bedrock:InvokeModel")) },
  });
  const assumed = await stsClient(sandbox, key as unknown as Keys).send(
    new AssumeRoleCommand({ RoleArn: String(role["arn"]), RoleSessionName: "ab", ExternalId: EXTERNAL_ID }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = assumed.Credentials!;
  const session = {
    accessKeyId: AccessKeyId!,
    secretAccessKey: SecretAccessKey!,
    sessionToken: SessionToken!,
  };
  await bedrockClient(sandbox, session).send(new ConverseCommand({ modelId: CLAUDE, messages: says("hi") }));

  const calls = (await control("GET /calls")).body["calls"] as CallRecord[];
  expect(calls.map(({ operation, status }) => [operation, status])).toEqual([
    ["AssumeRole", 200],
    ["Converse", 200],
  ]);
  expect(calls[0]?.requestParameters).toMatchObject({ ExternalId: EXTERNAL_ID, RoleSessionName: "ab" });
  expect(calls[1]?.principalArn).toBe(`arn:aws:sts::${OWNER}:assumed-role/delegated/ab`);
  await control("DELETE /calls");
  expect((await control("GET /calls")).body["calls"]).toEqual([]);
});

it("reads a role back as written, and changes its session duration", async () => {
  const trustPolicy = trust(OWNER, {});
  const { arn } = sandbox.iam.createRole({ account: OWNER, roleName: "delegated", trustPolicy });
  const roleArn = arn;
  await control("POST /iam/putPolicy", { arn, policyName: "Text", policy: JSON.stringify(allow("s3:*")) });
  await control("POST /iam/putPolicy", { arn, policyName: "Gone", policy: allow("*") });
  await control("POST /iam/deletePolicy", { arn, policyName: "Gone" });
  await control("POST /iam/updateRole", { roleArn, maxSessionDuration: 7200 });
  expect((await control("POST /iam/getRole", { roleArn })).body).toMatchObject({
    arn,
    trustPolicy,
    inlinePolicies: { Text: allow("s3:*") },
    maxSessionDuration: 7200,
  });
  const role = sandbox.iam.getRole({ roleArn });
  Object.assign(role.trustPolicy, { Statement: [] });
  expect(sandbox.iam.getRole({ roleArn }).trustPolicy).toEqual(trustPolicy);
  expect(await control("POST /iam/updateRole", { roleArn, maxSessionDuration: 60 })).toMatchObject({
    status: 400,
    body: { code: "ValidationError" },
  });
});

it("creates profiles, routers and models in Bedrock", async () => {
  const place = { account: OWNER, region: "us-east-1" };
  const modelSource = `arn:aws:bedrock:us-east-1::foundation-model/${CLAUDE}`;
  const profile = await control("POST /bedrock/createInferenceProfile", { ...place, name: "a", modelSource });
  expect(profile.body["inferenceProfileArn"]).toContain(`:${OWNER}:application-inference-profile/`);
  expect(await control("POST /bedrock/createPromptRouter", { ...place, models: [] })).toMatchObject({
    status: 400,
    body: { code: "ValidationException" },
  });
  expect((await control("POST /bedrock/createRole", {})).status).toBe(404);
});

it("switches faults on one by one, and off together", async () => {
  expect((await control("PUT /faults", { stsDown: true })).body).toMatchObject({
    stsDown: true,
    bedrockDown: false,
  });
  expect((await control("PUT /faults", { sessionSeconds: 5 })).body).toMatchObject({
    stsDown: true,
    sessionSeconds: 5,
  });
  expect((await control("DELETE /faults")).body).toMatchObject({ stsDown: false, sessionSeconds: 0 });
  expect((await control("PUT /faults", { stsDwon: true })).status).toBe(400);
});

it("refuses what IAM refuses, with IAM's code", async () => {
  const role = {
    account: OWNER,
    roleName: "a",
    trustPolicy: { Version: "2012-10-17", Statement: [{ Effect: "Maybe" }] },
  };
  expect(await control("POST /iam/createRole", role)).toMatchObject({
    status: 400,
    body: { code: "MalformedPolicyDocument" },
  });
  expect(await control("POST /iam/deleteRole", { roleArn: "arn:aws:iam::1:role/x" })).toMatchObject({
    status: 404,
  });
  expect((await control("POST /iam/createUser", { account: "1" })).status).toBe(400);
  expect((await control("POST /iam/constructor", {})).status).toBe(404);
  expect((await control("GET /nothing")).status).toBe(404);
});

it("reports that the sandbox is healthy", async () => {
  expect(await control("GET /health")).toEqual({ status: 200, body: { status: "ok" } });
});
