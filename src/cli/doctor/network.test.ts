/** STS, Bedrock and the clock: each way in which a host can't be reached, caused for real, reported and fixed. */
import { rmSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox, type Sandbox } from "../../../sandbox/index.ts";
import { signet } from "../../../test/support/command.ts";
import { awsBehindProxy, trusting, type AwsBehindProxy } from "../../../test/support/aws-behind-proxy.ts";
import { controlPlaneCheck, runtimeCheck } from "./bedrock.ts";
import type { Check } from "./check.ts";
import { findingsOf, newFolder } from "./fixtures.ts";
import { proxyCheck } from "./proxy.ts";
import { clockCheck, regionCheck, stsCheck } from "./sts.ts";

let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;
let other: Server | undefined;

beforeEach(async () => {
  sandbox = await startSandbox();
  cwd = newFolder();
  env = { AWS_ENDPOINT_URL: sandbox.url, AWS_REGION: "us-east-1", SIGNET_LISTEN_PORT: "0" };
});
afterEach(async () => {
  other?.close();
  other = undefined;
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

const sts = (change: Record<string, string> = {}) =>
  findingsOf(stsCheck, { cwd, env: { ...env, ...change } });

/** Listens on this machine; returns the port. */
async function listening(server: Server): Promise<number> {
  other = server.listen(0, "127.0.0.1");
  await once(other, "listening");
  return (other.address() as AddressInfo).port;
}

async function create(delegation: string): Promise<void> {
  const { status, err } = await signet(`delegation create ${delegation}`, { cwd, env });
  expect([status, status === 0 ? "" : err]).toEqual([0, ""]);
}

describe("AWS's endpoints", () => {
  it("are reached in the configured region and in each delegation's", async () => {
    await create("here --no-role --account 111122223333 --model '*'");
    await create("there --no-role --account 111122223333 --model '*' --region eu-west-1");
    expect(await sts()).toEqual([
      `ok | us-east-1: ${sandbox.url} answers`,
      `ok | eu-west-1: ${sandbox.url} answers`,
    ]);
    for (const check of [runtimeCheck, controlPlaneCheck])
      expect(await findingsOf(check, { cwd, env })).toEqual(await sts());
  });

  it("aren't called without a known region", async () => {
    const { AWS_REGION: _region, ...without } = env;
    expect(await findingsOf(regionCheck, { cwd, env: without })).toEqual([
      "warning | not configured: each new delegation must name one | set aws.region in the configuration, or AWS_REGION",
    ]);
    for (const check of [stsCheck, clockCheck, runtimeCheck, controlPlaneCheck])
      expect(await findingsOf(check, { cwd, env: without })).toEqual([expect.stringMatching(/^skipped \| /)]);
  });

  it("need Bedrock's control plane only if calls to it are granted", async () => {
    const closed = { ...env, AWS_ENDPOINT_URL_BEDROCK: "http://127.0.0.1:1" };
    const seen = () => findingsOf(controlPlaneCheck, { cwd, env: closed });
    await create("infer --no-role --account 111122223333 --model '*' --operation Converse");
    expect(await seen()).toEqual([
      expect.stringMatching(/^warning \| .*ECONNREFUSED.*needed only for listing models/),
    ]);
    await create("list --no-role --account 111122223333 --model '*' --operation ListFoundationModels");
    expect(await seen()).toEqual([expect.stringMatching(/^failed \| .*aws\.endpoints\.bedrock,/)]);
    expect(await findingsOf(runtimeCheck, { cwd, env: closed })).toEqual([expect.stringMatching(/^ok/)]);
  });

  it("fail if their name doesn't resolve", async () => {
    expect(await sts({ AWS_ENDPOINT_URL_STS: "https://sts.invalid" })).toEqual([
      expect.stringMatching(
        /^failed \| us-east-1: https:\/\/sts\.invalid: .*(?:ENOTFOUND|EAI_AGAIN).* \| make sts\.invalid resolve: .*VPC endpoint.* aws\.endpoints\.sts$/,
      ),
    ]);
  });

  it("fail if they refuse connections or cut them", async () => {
    const refused = await sts({ AWS_ENDPOINT_URL_STS: "http://127.0.0.1:1" });
    expect(refused).toEqual([
      expect.stringMatching(
        /^failed \| .*ECONNREFUSED.* \| nothing listens there: check aws\.endpoints\.sts/,
      ),
    ]);
    sandbox.faults.set({ stsDown: true });
    expect(await sts()).toEqual([expect.stringMatching(/^failed \| .* \| something .* cuts connections/)]);
    sandbox.faults.clear();
    expect(await sts()).toEqual([expect.stringMatching(/^ok/)]);
  });

  it("fail if they never answer, and the report names a proxy variable that Signet doesn't read", async () => {
    const port = await listening(createServer());
    const silent = { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}` };
    expect(await sts({ ...silent, ALL_PROXY: "http://proxy.example.com:3128" })).toEqual([
      expect.stringMatching(
        /^failed \| .*: no answer within 4\.5 s \| allow connections to 127\.0\.0\.1: .* \(Signet reads HTTPS_PROXY, not ALL_PROXY\)$/,
      ),
    ]);
  });

  it("fail if they don't speak HTTP", async () => {
    const port = await listening(createServer((socket) => socket.end("220 mail.example.com ESMTP\r\n")));
    expect(await sts({ AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}` })).toEqual([
      expect.stringMatching(/^failed \| .* \| what listens there doesn't speak HTTP/),
    ]);
  });
});

describe("AWS's endpoints through an HTTPS proxy", () => {
  let proxy: AwsBehindProxy;
  let through: Record<string, string>;
  let distrust: () => void;

  beforeEach(async () => {
    proxy = await awsBehindProxy(sandbox.url);
    distrust = trusting(proxy.ca);
    const HTTPS_PROXY = `http://user:hunter2@127.0.0.1:${proxy.port}`;
    through = { AWS_REGION: "us-east-1", SIGNET_LISTEN_PORT: "0", HTTPS_PROXY };
  });
  afterEach(async () => {
    distrust();
    await proxy.close();
  });
  const found = (check: Check, change: Record<string, string> = {}) =>
    findingsOf(check, { cwd, env: { ...through, ...change } });
  const STS = "https://sts.us-east-1.amazonaws.com";

  it("are reached, and the report names the proxy without its password", async () => {
    expect(await found(proxyCheck, { NO_PROXY: ".internal" })).toEqual([
      `ok | ${proxy.url} for everything that goes to AWS; directly: .internal`,
    ]);
    expect(await found(stsCheck)).toEqual([`ok | us-east-1: ${STS} answers through ${proxy.url}`]);
    expect(await found(runtimeCheck)).toEqual([
      `ok | us-east-1: https://bedrock-runtime.us-east-1.amazonaws.com answers through ${proxy.url}`,
    ]);
  });

  it.each([
    [407, / \| give user name and password, percent-encoded, in HTTPS_PROXY: /],
    [403, / \| let the proxy open CONNECT to sts\.us-east-1\.amazonaws\.com:443; .* NO_PROXY$/],
    [502, / \| the proxy can't reach sts\.us-east-1\.amazonaws\.com: check its DNS/],
  ])("fail if it answers %i, with a fix for that", async (status, fix) => {
    proxy.refusal = { status, text: "Refused" };
    const [seen = ""] = await found(stsCheck);
    expect(seen).toMatch(
      new RegExp(`^failed \\| us-east-1: ${STS}: the proxy ${proxy.url} answered ${status} `),
    );
    expect(seen).toMatch(fix);
  });

  it("fail if it isn't there, or if it answers with a page in place of AWS", async () => {
    const [gone = ""] = await found(stsCheck, { HTTPS_PROXY: "http://127.0.0.1:1" });
    expect(gone).toMatch(/can't be reached: .*ECONNREFUSED.* \| check aws\.proxy\.url \(HTTPS_PROXY\)/);
    proxy.page = { status: 200, headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" };
    const [page = ""] = await found(stsCheck);
    expect(page).toMatch(
      /: HTTP 200 with a web page, which isn't AWS's \| a proxy, firewall or sign-in page /,
    );
  });

  it("fail if its certificate for AWS isn't trusted", async () => {
    distrust();
    const [seen = ""] = await found(stsCheck);
    expect(seen).toMatch(/^failed \| .*DEPTH_ZERO_SELF_SIGNED_CERT.* trust its CA with NODE_EXTRA_CA_CERTS$/);
  });

  it("may need an exception for instance credentials, if Node uses the proxy for all of the process", async () => {
    const node = { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy.url };
    expect((await found(proxyCheck, node))[1]).toMatch(
      /^warning \| NODE_USE_ENV_PROXY is set: .* \| add 169\.254\.169\.254 to NO_PROXY/,
    );
    expect(await found(proxyCheck, { ...node, NO_PROXY: "169.254.0.0/16" })).toHaveLength(1);
  });
});

describe("the clock", () => {
  const clock = () => findingsOf(clockCheck, { cwd, env });

  it("is in sync with STS, is warned of if more than a minute off, and fails if AWS would reject signatures", async () => {
    expect(await clock()).toEqual([expect.stringMatching(/^ok \| /)]);
    sandbox.faults.set({ clockSkewMs: -2 * 60_000 });
    expect(await clock()).toEqual([
      expect.stringMatching(
        /^warning \| 1[12]\d s ahead of AWS \| synchronize this machine's clock by NTP: /,
      ),
    ]);
    sandbox.faults.set({ clockSkewMs: 10 * 60_000 });
    expect(await clock()).toEqual([
      expect.stringMatching(/^failed \| \d{3} s behind AWS: AWS rejects signatures .* \| synchronize .* NTP/),
    ]);
    sandbox.faults.clear();
    expect(await clock()).toEqual([expect.stringMatching(/^ok \| /)]);
  });

  it("isn't checked if STS can't be reached", async () => {
    sandbox.faults.set({ stsDown: true });
    expect(await clock()).toEqual(["skipped | STS reported no time"]);
  });
});
