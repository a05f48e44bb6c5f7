/** Decisions above an account's own policies: its organization, its models, its regions. */
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import {
  CLAUDE,
  EXTERNAL_ID,
  OWNER,
  allow,
  bedrockClient,
  delegateRole,
  says,
  stsClient,
  trust,
} from "../testing.ts";
import type { Keys } from "../testing.ts";

let sandbox: Sandbox;
let roleArn: string;
let seeded: ReturnType<typeof delegateRole>["seeded"];
beforeEach(async () => {
  sandbox = await startSandbox();
  ({ roleArn, seeded } = delegateRole(sandbox));
});
afterEach(() => sandbox.close());

const denyAll = (Action: string): object => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action, Resource: "*" }],
});

async function assume(RoleArn = roleArn, keys: Keys = seeded): Promise<Keys> {
  const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: "signet", ExternalId: EXTERNAL_ID });
  const { AccessKeyId, SecretAccessKey, SessionToken } = (await stsClient(sandbox, keys).send(command))
    .Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

async function converse(keys: Keys, region = "us-east-1", modelId = CLAUDE): Promise<unknown> {
  const client = bedrockClient(sandbox, keys, { region });
  return client.send(new ConverseCommand({ modelId, messages: says("hi") }));
}

describe("service control policies", () => {
  it("of the role's account limit its sessions, but not who may assume it", async () => {
    const policies = [allow("*"), denyAll("sts:*"), denyAll("bedrock:InvokeModel")];
    sandbox.iam.setServiceControlPolicies({ account: OWNER, policies });
    const session = await assume();
    await expect(converse(session)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("with an explicit deny in a service control policy"),
    });
    sandbox.iam.setServiceControlPolicies({ account: OWNER, policies: [allow("s3:*")] });
    await expect(converse(session)).rejects.toThrow(
      "because no service control policy allows the bedrock:InvokeModel action",
    );
    sandbox.iam.setServiceControlPolicies({ account: OWNER, policies: null });
    await expect(converse(session)).resolves.toBeDefined();
  });

  it("of the caller's account limit what it may assume, and the message says so", async () => {
    const { account } = seeded;
    sandbox.iam.setServiceControlPolicies({ account, policies: [allow("*"), denyAll("sts:AssumeRole")] });
    await expect(assume()).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("with an explicit deny in a service control policy"),
    });
    sandbox.iam.setServiceControlPolicies({ account, policies: [allow("bedrock:*")] });
    await expect(assume()).rejects.toThrow("no service control policy allows the sts:AssumeRole action");
    sandbox.iam.setServiceControlPolicies({ account, policies: [] });
    await expect(assume()).rejects.toThrow("no service control policy allows the sts:AssumeRole action");
  });

  it("apply within an account as well, even if a trust policy names the caller", async () => {
    const { account, userArn } = seeded;
    const own = sandbox.iam.createRole({ account, roleName: "own", trustPolicy: trust(userArn) });
    await expect(assume(own.arn)).resolves.toBeDefined();
    sandbox.iam.setServiceControlPolicies({ account, policies: [allow("bedrock:*")] });
    await expect(assume(own.arn)).rejects.toThrow("no service control policy allows");
  });

  it("may grant nothing themselves", async () => {
    sandbox.iam.putPolicy({ arn: roleArn, policyName: "Bedrock", policy: allow("s3:*") });
    sandbox.iam.setServiceControlPolicies({ account: OWNER, policies: [allow("*")] });
    await expect(converse(await assume())).rejects.toThrow("because no identity-based policy allows");
  });
});

describe("model access", () => {
  it("is decided by the account, regardless of its policies, and after them", async () => {
    sandbox.iam.setModelAccess({ account: OWNER, denied: ["anthropic.*"] });
    const session = await assume();
    for (const modelId of [CLAUDE, "us.anthropic.claude-sonnet-4-20250514-v1:0"])
      await expect(converse(session, "us-east-1", modelId)).rejects.toMatchObject({
        name: "AccessDeniedException",
        message: "You don't have access to the model with the specified model ID.",
      });
    await expect(converse(session, "us-east-1", "amazon.nova-lite-v1:0")).resolves.toBeDefined();
    sandbox.iam.putPolicy({ arn: roleArn, policyName: "Bedrock", policy: allow("s3:*") });
    await expect(converse(session)).rejects.toThrow("is not authorized to perform: bedrock:InvokeModel");
  });
});

describe("a region that the account hasn't enabled", () => {
  beforeEach(() => sandbox.iam.setDisabledRegions({ account: OWNER, regions: ["us-east-1"] }));

  it("has no sessions of the account's roles", async () => {
    await expect(assume()).rejects.toMatchObject({
      name: "RegionDisabledException",
      $metadata: expect.objectContaining({ httpStatusCode: 403 }),
    });
  });

  it("refuses sessions issued in other regions", async () => {
    const session = sandbox.iam.createSession({ roleArn, roleSessionName: "elsewhere" });
    await expect(converse(session)).rejects.toMatchObject({
      name: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    });
    await expect(converse(session, "us-west-2")).resolves.toBeDefined();
  });

  it("is not revealed to callers who may not assume the role", async () => {
    const { arn } = sandbox.iam.createUser({ account: "333333333333", userName: "stranger" });
    const stranger = sandbox.iam.createAccessKey({ userArn: arn });
    await expect(assume(roleArn, stranger)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
