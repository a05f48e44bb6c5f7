/** `signet doctor` as a command, against the sandbox: what it prints, and its exit status. */
import { readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { signet } from "../../test/support/command.ts";
import { examined, newMachine, type Machine } from "./doctor/fixtures.ts";

let machine: Machine;
let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;

beforeEach(async () => {
  machine = await newMachine();
  ({ sandbox, cwd, env } = machine);
});
afterEach(() => machine.close());

const doctor = (change: Record<string, string> = {}) => examined(signet, machine, change);

describe("signet doctor", () => {
  it("finds no failure in a new installation, creates nothing, and shows no secret (T26)", async () => {
    const { out, err, status } = await signet("doctor", { cwd, env });
    expect([status, err]).toEqual([0, ""]);
    const names = [...out.matchAll(/^[✓!✗-] (.{15}) /gm)].map(([, name = ""]) => name.trimEnd());
    expect([...new Set(names)]).toEqual([
      "Node",
      "configuration",
      "AWS credentials",
      "AWS identity",
      "region",
      "HTTPS proxy",
      "STS",
      "clock",
      "Bedrock runtime",
      "Bedrock control",
      "store",
      "audit log",
      "signing key",
      "listener",
      "TLS",
      "delegations",
      "models",
    ]);
    expect(out).toMatch(/^✓ AWS identity +arn:aws:iam::123456789012:user\/signet$/m);
    expect(out).toMatch(/\nno failures; warnings: 1\n$/);
    for (const secret of [env["AWS_ACCESS_KEY_ID"]!, env["AWS_SECRET_ACCESS_KEY"]!])
      expect(out).not.toContain(secret);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("reports every problem of the configuration with its location, and skips the other checks", async () => {
    const found = await doctor({ SIGNET_LISTEN_PORT: "99999", SIGNET_LOG_LEVEL: "loud" });
    expect([found.status, found.ok]).toEqual([1, false]);
    expect(found.of("configuration")).toEqual([
      expect.stringMatching(/^failed \| SIGNET_LISTEN_PORT: listen\.port: .* 65535 \| correct it; docs/),
      expect.stringMatching(/^failed \| SIGNET_LOG_LEVEL: log\.level: must be debug, /),
    ]);
    const others = found.checks.filter(({ check }) => !["Node", "configuration"].includes(check));
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set(["skipped"]));
  });

  it("reports credentials that are missing, refused or deleted, and an identity that roles don't trust", async () => {
    const none = await doctor({ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
    expect(none.of("AWS credentials")).toEqual([
      expect.stringMatching(/^failed \| Could not load .* \| give Signet an instance, task or pod role/),
    ]);
    expect(none.of("AWS identity")[0]).toMatch(/^skipped \| no credentials/);
    const wrong = await doctor({ AWS_SECRET_ACCESS_KEY: "wrong" });
    expect(wrong.of("AWS identity")[0]).toMatch(
      /^failed \| SignatureDoesNotMatch: .* \| the secret access key/,
    );
    const other = await doctor({ SIGNET_AWS_PRINCIPAL_ARN: "arn:aws:iam::123456789012:role/other" });
    expect(other.of("AWS identity")[0]).toMatch(
      /^failed \| .*user\/signet, but aws\.principalArn is .*role\/other \| roles trust aws\.principalArn/,
    );
    sandbox.iam.deleteAccessKey({ accessKeyId: env["AWS_ACCESS_KEY_ID"]! });
    const deleted = await doctor();
    expect(deleted.of("AWS identity")[0]).toMatch(
      /^failed \| InvalidClientTokenId: .* \| the access key was/,
    );
    expect([deleted.status, deleted.ok]).toEqual([1, false]);
  });
});

describe("the source of credentials", () => {
  let endpoint: Server;
  let session: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  const lasting = new Date(Date.now() + 3_600_000).toISOString();

  beforeEach(async () => {
    const { arn: roleArn } = sandbox.iam.createRole({
      account: "123456789012",
      roleName: "signet-task",
      trustPolicy: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      },
    });
    session = sandbox.iam.createSession({ roleArn, roleSessionName: "task" });
    endpoint = createServer((_request, response) => {
      const { accessKeyId, secretAccessKey, sessionToken } = session;
      response.setHeader("content-type", "application/json");
      const body = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken };
      response.end(JSON.stringify({ ...body, Expiration: lasting }));
    }).listen(0, "127.0.0.1");
    await once(endpoint, "listening");
  });
  afterEach(() => void endpoint.close());

  const keyless = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

  it("is reported for the environment, with warnings for long-lived keys and sessions that can't be renewed (T26)", async () => {
    const last = env["AWS_ACCESS_KEY_ID"]!.slice(-4);
    expect((await doctor()).of("AWS credentials")).toEqual([
      expect.stringMatching(
        new RegExp(`^warning \\| from environment variables, key …${last}, long-lived \\| prefer a role`),
      ),
    ]);
    const { accessKeyId, secretAccessKey, sessionToken } = session;
    const found = await doctor({
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    });
    expect(found.of("AWS credentials")[0]).toMatch(
      /^warning \| .* a session with unknown expiry \| Signet can't renew/,
    );
    expect(JSON.stringify(found)).not.toContain(sessionToken);
    const wrong = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SESSION_TOKEN: sessionToken };
    const refused = await doctor({ ...wrong, AWS_SECRET_ACCESS_KEY: "wrong" });
    expect(refused.of("AWS identity")[0]).toMatch(/^failed \| SignatureDoesNotMatch: /);
    expect(JSON.stringify(refused)).not.toContain(sessionToken);
  });

  it("is reported for a container's endpoint, with the credentials' expiry and the role behind them", async () => {
    const { port } = endpoint.address() as AddressInfo;
    const found = await doctor({
      ...keyless,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
      SIGNET_AWS_PRINCIPAL_ARN: "arn:aws:iam::123456789012:role/path/signet-task",
    });
    expect(found.of("AWS credentials")).toEqual([
      `ok | from the container's credential endpoint, key …${session.accessKeyId.slice(-4)}, until ${lasting}`,
    ]);
    expect(found.of("AWS identity")).toEqual([
      "ok | arn:aws:sts::123456789012:assumed-role/signet-task/task, as in aws.principalArn",
    ]);
  });
});
