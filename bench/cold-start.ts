/** P8: how many AssumeRoles 1,000 callers cause that arrive at once at a gateway without a session. */
import { startSandbox, seedDefaults } from "../sandbox/index.ts";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Client, type Delegation } from "../src/core/delegation.ts";
import { systemClock } from "../src/core/clock.ts";
import { Secret } from "../src/core/secret.ts";
import { createBroker } from "../src/credentials/broker.ts";
import { awsCredentialSource } from "../src/credentials/sts.ts";
import type { Figure } from "./sides.ts";

export async function p8(): Promise<Figure> {
  const sandbox = await startSandbox();
  const base = seedDefaults(sandbox);
  const { arn } = sandbox.iam.createRole({
    account: "111122223333",
    roleName: "bench",
    trustPolicy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: base.userArn }, Action: "sts:AssumeRole" }],
    },
  });
  const source = awsCredentialSource({
    fips: false,
    dualstack: false,
    endpoint: sandbox.url,
    base: { accessKeyId: base.accessKeyId, secretAccessKey: new Secret(base.secretAccessKey) },
  });
  const broker = createBroker(source, systemClock, { refreshed: () => undefined, failed: () => undefined });
  const { delegation, client } = coldPair(arn);
  await Promise.all(Array.from({ length: 1000 }, async () => broker.session(delegation, client)));
  const calls = sandbox.calls().filter(({ operation }) => operation === "AssumeRole").length;
  await sandbox.close();
  return {
    id: "P8",
    what: "AssumeRole calls for 1,000 cold concurrent callers",
    value: calls,
    unit: "calls",
    target: 1,
    details: {},
  };
}

function coldPair(roleArn: string): { delegation: Delegation; client: Client } {
  const delegation: Delegation = {
    name: "bench",
    state: "active",
    account: "111122223333",
    partition: "aws",
    roleArn,
    region: "us-east-1",
    grants: [{ operations: ["*"], models: ["*"], regions: ["us-east-1"], settings: [] }],
    session: { durationSeconds: 3600, tags: {} },
    aliases: [],
    recordContent: false,
    trust: DEFAULT_TRUST,
    role: DEFAULT_ROLE,
    createdAt: 0,
  };
  return {
    delegation,
    client: { name: "bench", delegations: [{ delegation: "bench", grants: null }], createdAt: 0 },
  };
}
