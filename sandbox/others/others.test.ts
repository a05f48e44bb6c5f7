import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { Sha256 } from "../sigv4/recompute.ts";

const ACCOUNT = "111122223333";
let sandbox: Sandbox;
let userArn: string;
let key: { accessKeyId: string; secretAccessKey: string };

beforeAll(async () => {
  sandbox = await startSandbox();
  userArn = sandbox.iam.createUser({ account: ACCOUNT, userName: "u" }).arn;
  key = sandbox.iam.createAccessKey({ userArn });
});
afterAll(() => sandbox.close());

interface Call {
  service: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

async function send({ service, method, path, headers = {}, body }: Call, region = "us-east-1") {
  const { host, hostname } = new URL(sandbox.url);
  const signer = new SignatureV4({ service, region, sha256: Sha256, credentials: key });
  const signed = await signer.sign({
    method,
    protocol: "http:",
    hostname,
    path,
    query: {},
    headers: { ...headers, host },
    ...(body === undefined ? {} : { body }),
  });
  const answer = await fetch(sandbox.url + path, {
    method,
    headers: signed.headers,
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text() };
}

function allow(action: string | null): void {
  if (action === null) sandbox.iam.deletePolicy({ arn: userArn, policyName: "p" });
  else
    sandbox.iam.putPolicy({
      arn: userArn,
      policyName: "p",
      policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] },
    });
}

const form = (body: string) => ({
  method: "POST",
  path: "/",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body,
});
const target = (name: string) => ({
  method: "POST",
  path: "/",
  headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": name },
  body: "{}",
});

const LIST_BUCKETS: Call = { service: "s3", method: "GET", path: "/" };
const LIST_ROLES: Call = { service: "iam", ...form("Action=ListRoles&Version=2010-05-08") };
const CALLS: [string, Call, number, string][] = [
  ["s3:ListAllMyBuckets", LIST_BUCKETS, 403, "<Code>AccessDenied</Code>"],
  ["iam:ListRoles", LIST_ROLES, 403, "<Code>AccessDenied</Code>"],
  [
    "ec2:DescribeInstances",
    { service: "ec2", ...form("Action=DescribeInstances&Version=2016-11-15") },
    403,
    "<Code>UnauthorizedOperation</Code>",
  ],
  [
    "secretsmanager:ListSecrets",
    { service: "secretsmanager", ...target("secretsmanager.ListSecrets") },
    400,
    "AccessDeniedException",
  ],
  [
    "dynamodb:ListTables",
    { service: "dynamodb", ...target("DynamoDB_20120810.ListTables") },
    400,
    "AccessDeniedException",
  ],
  [
    "lambda:ListFunctions",
    { service: "lambda", method: "GET", path: "/2015-03-31/functions/" },
    403,
    "AccessDeniedException",
  ],
  [
    "logs:DescribeLogGroups",
    { service: "logs", ...target("Logs_20140328.DescribeLogGroups") },
    400,
    "AccessDeniedException",
  ],
];

describe("services other than Bedrock", () => {
  it.each(CALLS)("authorize %s by IAM, and return an empty answer", async (action, call, status, code) => {
    allow(null);
    const denied = await send(call);
    expect([denied.status, denied.text]).toEqual([status, expect.stringContaining(code)]);
    expect(denied.text).toContain(`because no identity-based policy allows the ${action} action`);
    allow(action);
    expect((await send(call)).status).toBe(200);
  });

  it("verify signatures, and implement nothing else", async () => {
    allow("*");
    key = { ...key, secretAccessKey: `${key.secretAccessKey}x` };
    expect((await send(LIST_BUCKETS)).text).toContain("SignatureDoesNotMatch");
    key = { ...key, secretAccessKey: key.secretAccessKey.slice(0, -1) };
    expect((await send({ service: "iam", ...form("Action=DeleteRole") })).text).toContain("InvalidAction");
  });
});

describe("a service control policy", () => {
  it("limits every principal of its account, and the denial names it", async () => {
    allow("*");
    const policy = (Effect: string, Action: string) => ({
      Version: "2012-10-17",
      Statement: [{ Effect, Action, Resource: "*" }],
    });
    sandbox.iam.setServiceControlPolicies({ account: ACCOUNT, policies: [policy("Allow", "s3:*")] });
    expect((await send(LIST_ROLES)).text).toContain(
      "no service control policy allows the iam:ListRoles action",
    );
    sandbox.iam.setServiceControlPolicies({
      account: ACCOUNT,
      policies: [policy("Allow", "*"), policy("Deny", "iam:*")],
    });
    expect((await send(LIST_ROLES)).text).toContain("with an explicit deny in a service control policy");
    sandbox.iam.setServiceControlPolicies({ account: ACCOUNT, policies: null });
    expect((await send(LIST_ROLES)).status).toBe(200);
  });
});
