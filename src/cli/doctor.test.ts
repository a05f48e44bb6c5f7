/** `signet doctor` on real files, a real port, the sandbox: each trouble named with its mend, then mended. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { signet } from "../../test/support/command.ts";
import { startServe } from "../../test/support/process.ts";
import type { Finding } from "./doctor/check.ts";

let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;
let taken: Server | undefined;

beforeEach(async () => {
  sandbox = await startSandbox();
  cwd = mkdtempSync(path.join(os.tmpdir(), "signet-doctor-"));
  const base = seedDefaults(sandbox);
  env = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_REGION: "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
    SIGNET_LISTEN_PORT: "0",
  };
});
afterEach(async () => {
  taken?.close();
  taken = undefined;
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

interface Examined {
  ok: boolean;
  checks: (Finding & { check: string })[];
}

async function doctor(change: Record<string, string> = {}): Promise<Examined & { status: number | null }> {
  const { out, status } = await signet("doctor --json", { cwd, env: { ...env, ...change } });
  return { ...(JSON.parse(out) as Examined), status };
}

function of({ checks }: Examined, name: string): string[] {
  return checks
    .filter(({ check }) => check === name)
    .map(({ status, seen, mend }) => [status, seen, mend].filter((part) => part !== undefined).join(" | "));
}

describe("signet doctor", () => {
  it("finds nothing wrong with a new installation, makes nothing, and shows no secret", async () => {
    const { out, status } = await signet("doctor", { cwd, env });
    expect(status).toBe(0);
    expect(out).toContain("arn:aws:iam::123456789012:user/signet");
    expect(out).toContain(`from environment variables, key …${env["AWS_ACCESS_KEY_ID"]!.slice(-4)}`);
    expect(out).toMatch(/! AWS credentials .*\n +mend: these are long-lived: prefer a role/);
    for (const secret of [env["AWS_ACCESS_KEY_ID"]!, env["AWS_SECRET_ACCESS_KEY"]!])
      expect(out).not.toContain(secret);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("tells all that is wrong with the configuration, and looks no further", async () => {
    const found = await doctor({ SIGNET_LISTEN_PORT: "99999", SIGNET_LOG_LEVEL: "loud" });
    expect([found.status, found.ok]).toEqual([1, false]);
    expect(of(found, "configuration")).toHaveLength(2);
    expect(new Set(found.checks.map(({ check }) => check))).toEqual(new Set(["Node", "configuration"]));
  });

  it("names missing credentials, and credentials that STS refuses", async () => {
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", HOME: cwd };
    expect(of(await doctor(none), "AWS credentials")[0]).toMatch(/^failed \| .* \| give Signet an instance/);
    const wrong = await doctor({ AWS_SECRET_ACCESS_KEY: "wrong" });
    expect(of(wrong, "AWS credentials")[1]).toMatch(/^failed \| .*signature/);
  });

  it("names an identity that roles don't trust", async () => {
    const other = "arn:aws:iam::123456789012:role/other";
    const found = await doctor({ SIGNET_AWS_PRINCIPAL_ARN: other });
    expect(of(found, "AWS credentials")[1]).toMatch(/^failed \| .*but aws\.principalArn is .*role\/other/);
  });

  it("names an AWS that can't be reached, and a clock that is off", async () => {
    sandbox.faults.set({ clockSkewMs: 10 * 60_000 });
    const skewed = await doctor();
    expect(of(skewed, "STS and clock").at(-1)).toMatch(/^failed \| clock: \d+ s behind AWS's \| keep .* NTP/);
    sandbox.faults.set({ clockSkewMs: 2 * 60_000 });
    expect(of(await doctor(), "STS and clock").at(-1)).toMatch(/^warning \| clock/);
    await sandbox.close();
    const gone = await doctor();
    expect(of(gone, "STS and clock")[0]).toMatch(
      /^failed \| http.*ECONNREFUSED.* \| let this machine reach it/,
    );
    expect(of(gone, "Bedrock")[0]).toMatch(/^failed/);
    sandbox = await startSandbox();
  });

  it("names an audit folder that others may read, what isn't proven, and a store that is none", async () => {
    const data = path.join(cwd, "signet-data");
    await signet("delegation create acme --no-role --account 111122223333 --model '*'", { cwd, env });
    mkdirSync(path.join(data, "audit"), { mode: 0o755 });
    chmodSync(path.join(data, "audit"), 0o755);
    const found = await doctor();
    expect(of(found, "audit log")[1]).toMatch(/^warning \| .* has mode 755 \| chmod go= /);
    expect(of(found, "delegations")).toEqual([
      "warning | acme is pending; never verified | signet delegation verify acme",
    ]);
    writeFileSync(
      path.join(data, "signet.db"),
      "not a database, but long enough to look at twice".repeat(50),
    );
    expect(of(await doctor(), "store")[0]).toMatch(/^failed \| .* \| restore it from a backup/);
  });

  it("names a port that is taken, unless it is Signet that serves there", async () => {
    taken = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno")).listen(
      0,
      "127.0.0.1",
    );
    await once(taken, "listening");
    const port = String((taken.address() as AddressInfo).port);
    expect(of(await doctor({ SIGNET_LISTEN_PORT: port }), "listener")[0]).toMatch(
      /^failed \| EADDRINUSE.* \| choose another/,
    );
    const serving = await startServe({ data: path.join(cwd, "signet-data"), env });
    const { port: own } = new URL(serving.url);
    expect(of(await doctor({ SIGNET_LISTEN_PORT: own }), "listener")).toEqual([
      `ok | Signet serves at 127.0.0.1:${own}`,
    ]);
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);
  });

  it("names plain text before others, and a certificate that is of no use", async () => {
    expect(of(await doctor({ SIGNET_LISTEN_HOST: "0.0.0.0" }), "TLS")[0]).toMatch(
      /^warning \| none: secrets/,
    );
    const files = {
      SIGNET_TLS_CERT_FILE: path.join(cwd, "c.pem"),
      SIGNET_TLS_KEY_FILE: path.join(cwd, "k.pem"),
    };
    expect(of(await doctor(files), "TLS")[0]).toMatch(/^failed \| .*ENOENT/);
    const now = Date.now();
    const name = [{ name: "commonName", value: "signet.example.com" }];
    const ended = await generate(name, {
      notBeforeDate: new Date(now - 2 * 86_400_000),
      notAfterDate: new Date(now - 86_400_000),
    });
    writeFileSync(files.SIGNET_TLS_CERT_FILE, ended.cert);
    writeFileSync(files.SIGNET_TLS_KEY_FILE, ended.private);
    expect(of(await doctor(files), "TLS")[0]).toMatch(/^failed \| the certificate ended .* \| renew it/);
    const valid = await generate(name, { notAfterDate: new Date(now + 90 * 86_400_000) });
    writeFileSync(files.SIGNET_TLS_CERT_FILE, valid.cert);
    expect(of(await doctor(files), "TLS")[0]).toMatch(/^failed \| the private key isn't the certificate's/);
    writeFileSync(files.SIGNET_TLS_KEY_FILE, valid.private);
    const misnamed = await doctor({ ...files, SIGNET_LISTEN_PUBLIC_URL: "https://other.example.com" });
    expect(of(misnamed, "TLS")[0]).toMatch(/^ok/);
    expect(of(misnamed, "TLS")[1]).toMatch(/^warning \| the certificate doesn't name other\.example\.com/);
  });
});
