import { inspect } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import { send } from "./send.ts";
import { awsCredentialSource } from "../credentials/sts.ts";
import { probeParts } from "./parts.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

/** A session of Signet's own role with a wrong secret: AWS's error repeats the canonical request. */
function mistaken() {
  const { userArn } = seedDefaults(sandbox);
  const Principal = { AWS: userArn };
  const { arn } = sandbox.iam.createRole({
    account: "123456789012",
    roleName: "signet",
    trustPolicy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }],
    },
  });
  const session = sandbox.iam.createSession({ roleArn: arn, roleSessionName: "host" });
  return {
    accessKeyId: session.accessKeyId,
    secretAccessKey: new Secret("wrong"),
    sessionToken: new Secret(session.sessionToken),
  };
}

it("a refused signature is reported without the session token that AWS repeats (T26, T29)", async () => {
  const base = mistaken();
  const source = awsCredentialSource({ fips: false, dualstack: false, endpoint: sandbox.url, base });
  const role = {
    region: "us-east-1",
    roleArn: "arn:aws:iam::111122223333:role/x",
    roleSessionName: "signet-a",
    durationSeconds: 900,
    tags: {},
  };
  for (const asked of [source.identity("us-east-1"), source.assumeRole(role)]) {
    const error: unknown = await asked.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof Error)) throw new Error("was not refused");
    expect(error.message).toContain("does not match the signature you provided");
    expect([error.message, error.stack, inspect(error)].join("\n")).not.toContain(base.sessionToken.reveal());
  }
  const endpoints = { sts: sandbox.url, bedrock: sandbox.url, bedrockRuntime: sandbox.url };
  const parts = probeParts({ source, clock: systemClock, aws: { fips: false, dualstack: false, endpoints } });
  const request = {
    service: "bedrock",
    region: "us-east-1",
    method: "GET",
    path: "/foundation-models",
  } as const;
  const answer = await send(parts, base, { ...request, origin: sandbox.url });
  expect(answer.message).toContain("does not match");
  expect(JSON.stringify(answer)).not.toContain(base.sessionToken.reveal());
});
