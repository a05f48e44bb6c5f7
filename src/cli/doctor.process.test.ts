/** `signet doctor` beside a running Signet, and as a process whose environment, CAs and credential sources matter. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { signet } from "../../test/support/command.ts";
import { spawnSignet, startServe } from "../../test/support/process.ts";
import { examined, findingsOf, newMachine, type Machine } from "./doctor/fixtures.ts";
import { stsCheck } from "./doctor/sts.ts";

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

/** Each file below `folder` with its mode, size and content. */
function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  return Object.fromEntries(
    files.map((name) => {
      const file = path.join(folder, name);
      const { mode } = statSync(file);
      const content = statSync(file).isFile() ? readFileSync(file).toString("base64") : "";
      return [name, `${mode.toString(8)} ${content}`];
    }),
  );
}

describe("signet doctor", () => {
  it("doesn't change an existing store and log, not even what it warns of", async () => {
    const data = path.join(cwd, "signet-data");
    await signet("delegation create acme --no-role --account 111122223333 --model '*'", { cwd, env });
    const serving = await startServe({ data, env });
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);
    chmodSync(path.join(data, "signet.db"), 0o644);
    const before = snapshot(cwd);
    const found = await doctor();
    expect(found.of("store")[1]).toMatch(/^warning \| .*signet\.db has mode 644/);
    expect(snapshot(cwd)).toEqual(before);
    expect(found.status).toBe(0);
  });

  it("distinguishes a running Signet from a problem, and leaves it running", async () => {
    const data = path.join(cwd, "signet-data");
    const serving = await startServe({ data, env });
    const { port } = new URL(serving.url);
    const beside = await doctor({ SIGNET_LISTEN_PORT: port });
    expect(beside.of("listener")).toEqual([`ok | Signet is running at 127.0.0.1:${port}`]);
    expect(beside.of("audit log")[0]).toBe(`ok | ${data}/audit is in use by a running Signet`);
    expect([beside.status, beside.of("store")[0]]).toEqual([0, expect.stringMatching(/^ok \| .*: intact/)]);
    const elsewhere = await doctor({ SIGNET_LISTEN_PORT: "1" });
    expect(elsewhere.of("audit log")[0]).toMatch(
      /^warning \| .* by a running Signet, but none answers at 127\.0\.0\.1:1 \| only one can write there/,
    );
    expect(await (await fetch(`${serving.url}/readyz`)).text()).toBe("ready\n");
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);
  });

  it("gives up on a credential source that never answers, and reports the rest", async () => {
    const sleeper = path.join(cwd, "config");
    writeFileSync(sleeper, "[default]\ncredential_process = sleep 30\n");
    const keyless = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_CONFIG_FILE: sleeper };
    const found = await examined(spawnSignet, machine, keyless);
    expect(found.of("AWS credentials")).toEqual([
      expect.stringMatching(
        /^failed \| not finished within 5 s \| their source \(instance metadata, a process/,
      ),
    ]);
    expect(found.of("STS")[0]).toMatch(/^ok/);
    expect(found.status).toBe(1);
  });

  it("trusts a private CA in NODE_EXTRA_CA_CERTS where STS is intercepted", async () => {
    const subjectAltName = {
      name: "subjectAltName" as const,
      altNames: [{ type: 2 as const, value: "localhost" }],
    };
    const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
      extensions: [{ name: "basicConstraints", cA: true }, subjectAltName],
    });
    const server = createHttps({ cert, key }, (_request, response) => response.end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const intercepted = { AWS_ENDPOINT_URL_STS: `https://localhost:${port}` };
    const sts = (change: Record<string, string>) => findingsOf(stsCheck, { cwd, env: { ...env, ...change } });
    expect(await sts(intercepted)).toEqual([
      expect.stringMatching(
        /^failed \| .*self.signed.* \| a proxy or firewall answers .* NODE_EXTRA_CA_CERTS$/,
      ),
    ]);
    expect(await sts({ AWS_ENDPOINT_URL_STS: `https://127.0.0.1:${port}` })).toEqual([
      expect.stringMatching(/^failed \| /),
    ]);
    writeFileSync(path.join(cwd, "ca.pem"), cert);
    const trusting = { ...env, ...intercepted, NODE_EXTRA_CA_CERTS: path.join(cwd, "ca.pem") };
    const { out } = await spawnSignet("doctor", { cwd, env: trusting });
    expect(out).toContain(`✓ STS              us-east-1: https://localhost:${port} answers`);
    server.closeAllConnections();
    server.close();
  });

  it("reports the profile that credentials come from: an access key in it, or a process", async () => {
    mkdirSync(path.join(cwd, ".aws"));
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
    const session = sandbox.iam.createSession({ roleArn, roleSessionName: "task" });
    const { accessKeyId, secretAccessKey, sessionToken } = session;
    const lasting = new Date(Date.now() + 3_600_000).toISOString();
    const keyless = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    const process = { Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey };
    const answer = JSON.stringify({ ...process, SessionToken: sessionToken, Expiration: lasting });
    writeFileSync(path.join(cwd, "credentials.json"), answer);
    writeFileSync(
      path.join(cwd, ".aws", "config"),
      [
        "[profile keyed]",
        `aws_access_key_id = ${env["AWS_ACCESS_KEY_ID"]}`,
        `aws_secret_access_key = ${env["AWS_SECRET_ACCESS_KEY"]}`,
        "[profile process]",
        `credential_process = cat ${cwd}/credentials.json`,
      ].join("\n"),
    );
    const keyed = await doctor({ ...keyless, AWS_PROFILE: "keyed" });
    expect(keyed.of("AWS credentials")[0]).toMatch(/^warning \| from profile keyed: an access key, /);
    const ran = await doctor({ ...keyless, AWS_PROFILE: "process" });
    expect(ran.of("AWS credentials")[0]).toMatch(/^ok \| from profile process: a process, .*, until /);
  });
});
