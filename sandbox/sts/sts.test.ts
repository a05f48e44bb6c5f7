/** AssumeRole and GetCallerIdentity, with the AWS SDK as client. */
import { hash } from "node:crypto";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { AssumeRoleCommandInput, AssumeRoleCommandOutput, STSClient } from "@aws-sdk/client-sts";
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
  sessionWith,
  stsClient,
  trust,
  withProject,
} from "../testing.ts";
import type { Keys } from "../testing.ts";

const HAIKU_ARN = `arn:aws:bedrock:us-east-1::foundation-model/${CLAUDE}`;

let sandbox: Sandbox;
let roleArn: string;
let seeded: ReturnType<typeof delegateRole>["seeded"];
let sts: STSClient;
beforeEach(async () => {
  sandbox = await startSandbox();
  ({ roleArn, seeded } = delegateRole(sandbox));
  sts = stsClient(sandbox, seeded);
});
afterEach(() => sandbox.close());

function assume(given: Partial<AssumeRoleCommandInput> = {}, client = sts): Promise<AssumeRoleCommandOutput> {
  const input = { RoleArn: roleArn, RoleSessionName: "signet-team", ExternalId: EXTERNAL_ID, ...given };
  return client.send(new AssumeRoleCommand(input));
}

function keysOf({ Credentials }: AssumeRoleCommandOutput): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

async function converse(keys: Keys, modelId = CLAUDE): Promise<string | undefined> {
  const answer = await bedrockClient(sandbox, keys).send(
    new ConverseCommand({ modelId, messages: says("hi") }),
  );
  return answer.stopReason;
}

const DENIED = { name: "AccessDenied", $metadata: expect.objectContaining({ httpStatusCode: 403 }) };

describe("External ID (T8)", () => {
  it("admits the right one, and refuses none and a wrong one", async () => {
    const { AssumedRoleUser } = await assume();
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${OWNER}:assumed-role/bedrock-for-signet/signet-team`);
    await expect(assume({ ExternalId: undefined })).rejects.toMatchObject(DENIED);
    await expect(assume({ ExternalId: `${EXTERNAL_ID}x` })).rejects.toMatchObject(DENIED);
  });

  it("is not needed for a role that doesn't require it", async () => {
    sandbox.iam.updateTrust({ roleArn, trustPolicy: trust(seeded.userArn, {}) });
    await expect(assume({ ExternalId: undefined })).resolves.toBeDefined();
  });

  it("if refused, gets the same answer as a role that doesn't exist", async () => {
    const missing = `${roleArn}-gone`;
    await expect(assume({ RoleArn: missing })).rejects.toMatchObject({
      ...DENIED,
      message: `User: ${seeded.userArn} is not authorized to perform: sts:AssumeRole on resource: ${missing}`,
    });
  });
});

describe("who may assume", () => {
  it("needs the caller's own permission across accounts", async () => {
    sandbox.iam.deletePolicy({ arn: seeded.userArn, policyName: "AssumeDelegatedRoles" });
    await expect(assume()).rejects.toMatchObject(DENIED);
  });

  it("lets a trusted account decide by its own policies", async () => {
    sandbox.iam.updateTrust({ roleArn, trustPolicy: trust(`arn:aws:iam::${seeded.account}:root`) });
    await expect(assume()).resolves.toBeDefined();
    sandbox.iam.updateTrust({ roleArn, trustPolicy: trust("arn:aws:iam::999999999999:root") });
    await expect(assume()).rejects.toMatchObject(DENIED);
  });

  it("stores a trusted role by its unique id, so that a later role with its name isn't trusted", async () => {
    const gateway = { account: seeded.account, roleName: "gateway", trustPolicy: trust(seeded.account, {}) };
    const inlinePolicies = { Assume: allow("sts:AssumeRole") };
    const { arn } = sandbox.iam.createRole({ ...gateway, inlinePolicies });
    sandbox.iam.updateTrust({ roleArn, trustPolicy: trust(arn) });
    const session = (): STSClient =>
      stsClient(sandbox, sandbox.iam.createSession({ roleArn: arn, roleSessionName: "i-1" }));
    await expect(assume({}, session())).resolves.toBeDefined();
    sandbox.iam.deleteRole({ roleArn: arn });
    sandbox.iam.createRole({ ...gateway, inlinePolicies });
    await expect(assume({}, session())).rejects.toMatchObject(DENIED);
  });

  it("refuses a trust policy that names nobody", () => {
    const trustPolicy = trust("arn:aws:iam::123456789012:role/nobody");
    expect(() => sandbox.iam.updateTrust({ roleArn, trustPolicy })).toThrow("Invalid principal in policy");
  });

  it("requires sts:TagSession for tags and sts:SetSourceIdentity for a source identity", async () => {
    const tags = { Tags: [{ Key: "team", Value: "blue" }] };
    const source = { SourceIdentity: "s".repeat(256) };
    await expect(assume(tags)).rejects.toThrow("sts:TagSession");
    await expect(assume(source)).rejects.toThrow("sts:SetSourceIdentity");
    const actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    const condition = {
      StringEquals: { "aws:RequestTag/team": "blue", "sts:SourceIdentity": source.SourceIdentity },
    };
    sandbox.iam.updateTrust({ roleArn, trustPolicy: trust(seeded.userArn, condition, actions) });
    await expect(assume({ ...tags, ...source })).resolves.toMatchObject(source);
    await expect(assume({ Tags: [{ Key: "team", Value: "red" }], ...source })).rejects.toMatchObject(DENIED);
  });
});

describe("parameters", () => {
  it.each<[string, Partial<AssumeRoleCommandInput>, string]>([
    ["a session name with a space", { RoleSessionName: "a b" }, "regular expression pattern"],
    ["a session name of one character", { RoleSessionName: "a" }, "greater than or equal to 2"],
    ["an External ID of one character", { ExternalId: "a" }, "greater than or equal to 2"],
    ["an External ID with a space", { ExternalId: "a b" }, "regular expression pattern"],
    ["899 seconds", { DurationSeconds: 899 }, "greater than or equal to 900"],
    ["43,201 seconds", { DurationSeconds: 43_201 }, "less than or equal to 43200"],
    ["more than the role allows", { DurationSeconds: 3601 }, "MaxSessionDuration set for this role"],
    ["a role that isn't an ARN", { RoleArn: "bedrock-for-signet-role" }, "is invalid"],
    ["a source identity with the prefix aws:", { SourceIdentity: "aws:me" }, "failed to satisfy constraint"],
    ["one tag twice", { Tags: ["a", "A"].map((Key) => ({ Key, Value: "v" })) }, "Duplicate tag keys"],
    ["a transitive key without its tag", { TransitiveTagKeys: ["a"] }, "not among the tags"],
    [
      "51 tags",
      { Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: "v" })) },
      "equal to 50",
    ],
    ["a policy of 2,049 characters", { Policy: " ".repeat(2049) }, "less than or equal to 2048"],
  ])("are refused: %s", async (_, input, message) => {
    const refused = { name: "ValidationError", message: expect.stringContaining(message) };
    await expect(assume(input)).rejects.toMatchObject(refused);
  });

  it("are refused: malformed session policies, and tags that don't pack", async () => {
    await expect(assume({ Policy: "{" })).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    const Tags = Array.from({ length: 50 }, (_, i) => ({
      Key: `k${i}`,
      Value: hash("sha512", `${i}`, "base64"),
    }));
    await expect(assume({ Tags })).rejects.toMatchObject({ name: "PackedPolicyTooLargeException" });
  });
});

describe("sessions", () => {
  it("identify themselves", async () => {
    const identity = await stsClient(sandbox, keysOf(await assume())).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      Account: OWNER,
      Arn: `arn:aws:sts::${OWNER}:assumed-role/bedrock-for-signet/signet-team`,
      UserId: expect.stringMatching(/^AROA[A-Z2-7]{16}:signet-team$/),
    });
  });

  it("are narrowed by a session policy, which adds nothing", async () => {
    const narrowed = keysOf(
      await assume({ Policy: JSON.stringify(withProject(allow("bedrock:InvokeModel", HAIKU_ARN))) }),
    );
    await expect(converse(narrowed)).resolves.toBe("end_turn");
    await expect(converse(narrowed, "amazon.nova-micro-v1:0")).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringMatching(
        /nova-micro-v1:0 because no session policy allows the bedrock:InvokeModel action$/,
      ),
    });
    sandbox.iam.putPolicy({
      arn: roleArn,
      policyName: "Bedrock",
      policy: allow("bedrock:ListFoundationModels"),
    });
    await expect(converse(narrowed)).rejects.toThrow("because no identity-based policy allows");
  });

  it("accept a managed policy as session policy", async () => {
    const policyArn = `arn:aws:iam::${OWNER}:policy/haiku`;
    await expect(assume({ PolicyArns: [{ arn: policyArn }] })).rejects.toThrow("does not exist");
    sandbox.iam.createManagedPolicy({
      policyArn,
      policy: withProject(allow("bedrock:InvokeModel", HAIKU_ARN)),
    });
    const keys = keysOf(await assume({ PolicyArns: [{ arn: policyArn }] }));
    await expect(converse(keys)).resolves.toBe("end_turn");
    await expect(converse(keys, "amazon.nova-micro-v1:0")).rejects.toThrow("no session policy allows");
  });

  it("end when they expire", async () => {
    let skipped = 0;
    const moved = await startSandbox({ clock: () => Date.now() + skipped });
    const keys = sessionWith(moved, allow("bedrock:*"));
    moved.faults.set({ sessionSeconds: 60 });
    const delegated = delegateRole(moved);
    const short = await stsClient(moved, delegated.seeded).send(
      new AssumeRoleCommand({
        RoleArn: delegated.roleArn,
        RoleSessionName: "ab",
        ExternalId: EXTERNAL_ID,
        DurationSeconds: 900,
      }),
    );
    skipped = 61_000;
    const call = (credentials: Keys) =>
      bedrockClient(moved, credentials).send(new ConverseCommand({ modelId: CLAUDE, messages: says("hi") }));
    await expect(call(keysOf(short))).rejects.toMatchObject({
      name: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
    await expect(call(keys)).resolves.toBeDefined();
    await moved.close();
  });

  it("end with their role, and are denied by AWSRevokeOlderSessions", async () => {
    const keys = keysOf(await assume());
    const later = new Date(Date.now() + 60_000).toISOString();
    const policy = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { DateLessThan: { "aws:TokenIssueTime": later } },
        },
      ],
    };
    sandbox.iam.putPolicy({ arn: roleArn, policyName: "AWSRevokeOlderSessions", policy });
    await expect(converse(keys)).rejects.toThrow("with an explicit deny in an identity-based policy");
    sandbox.iam.deletePolicy({ arn: roleArn, policyName: "AWSRevokeOlderSessions" });
    await expect(converse(keys)).resolves.toBe("end_turn");
    sandbox.iam.deleteRole({ roleArn });
    await expect(converse(keys)).rejects.toMatchObject({ name: "UnrecognizedClientException" });
  });

  it("chain for at most an hour, and pass on transitive tags and source identity", async () => {
    const actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    const first = sandbox.iam.createRole({
      account: seeded.account,
      roleName: "first",
      trustPolicy: trust(seeded.userArn, {}, actions),
      inlinePolicies: { Assume: allow(actions) },
    });
    const Tags = [{ Key: "team", Value: "blue" }];
    const tagged = { Tags, TransitiveTagKeys: ["team"], SourceIdentity: "signet" };
    const chained = stsClient(
      sandbox,
      keysOf(await assume({ RoleArn: first.arn, ExternalId: undefined, ...tagged })),
    );
    const second = sandbox.iam.createRole({
      account: OWNER,
      roleName: "second",
      maxSessionDuration: 43_200,
      trustPolicy: trust(
        first.arn,
        { StringEquals: { "aws:RequestTag/team": "blue", "sts:SourceIdentity": "signet" } },
        actions,
      ),
    });
    const toSecond = { RoleArn: second.arn, ExternalId: undefined };
    await expect(assume({ ...toSecond, DurationSeconds: 3601 }, chained)).rejects.toThrow("role chaining");
    await expect(assume({ ...toSecond, SourceIdentity: "other" }, chained)).rejects.toThrow(
      "can't be changed",
    );
    await expect(assume(toSecond, chained)).resolves.toMatchObject({ SourceIdentity: "signet" });
  });
});
