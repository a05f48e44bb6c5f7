/** `signet serve` where AWS can only be reached through an HTTPS proxy: STS, Bedrock and probes, in workers too. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/index.ts";
import { awsBehindProxy, type AwsBehindProxy } from "../support/aws-behind-proxy.ts";
import { pathOf } from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { spawnSignet, startServe, type ServeProcess } from "../support/process.ts";
import { newData, startAws } from "../support/served.ts";

const STS = "sts.us-east-1.amazonaws.com:443";
const RUNTIME = "bedrock-runtime.us-east-1.amazonaws.com:443";
const PASSWORD = "hunter2";

let sandbox: Sandbox;
let proxy: AwsBehindProxy;
let env: Record<string, string>;
let data: Awaited<ReturnType<typeof newData>>;
let serving: ServeProcess | undefined;

beforeEach(async () => {
  const aws = await startAws();
  ({ sandbox } = aws);
  proxy = await awsBehindProxy(sandbox.url);
  data = await newData(aws.roleArn);
  const ca = path.join(data.data, "proxy-ca.pem");
  writeFileSync(ca, proxy.ca);
  const { AWS_ENDPOINT_URL: _direct, ...credentials } = aws.env;
  env = {
    ...credentials,
    AWS_REGION: "us-east-1",
    HTTPS_PROXY: `http://signet:${PASSWORD}@127.0.0.1:${proxy.port}`,
    NODE_EXTRA_CA_CERTS: ca,
  };
});
afterEach(async () => {
  serving?.child.kill("SIGTERM");
  await serving?.ended;
  serving = undefined;
  await proxy.close();
  await sandbox.close();
  data.remove();
});

function converse() {
  const headers = [`x-api-key: ${data.key.token}`];
  return raw(serving?.url ?? "", request({ path: pathOf("converse"), headers, body: converseBody("hello") }));
}

it.each([1, 2])("calls are answered with %i worker(s), and every tunnel is AWS's", async (workers) => {
  serving = await startServe({ data: data.data, env, workers });
  for (let calls = 0; calls < 4; calls++) expect((await converse()).status).toBe(200);
  expect(proxy.tunnels).toEqual(expect.arrayContaining([STS, RUNTIME]));
  expect(new Set(proxy.tunnels)).toEqual(new Set([STS, RUNTIME]));
  const authorization = `Basic ${Buffer.from(`signet:${PASSWORD}`).toString("base64")}`;
  expect(new Set(proxy.authorizations)).toEqual(new Set([authorization]));
});

it("a proxy that refuses is named in the log, its password is nowhere (T26), and calls work once it opens", async () => {
  proxy.refusal = { status: 407, text: "Proxy Authentication Required" };
  serving = await startServe({ data: data.data, env });
  const { status, headers } = await converse();
  expect([status, headers["x-signet-error"]]).toEqual([503, "credentials_unavailable"]);
  const text = serving.log.join("\n");
  expect(text).toContain(`the proxy http://127.0.0.1:${proxy.port} answered 407`);
  expect(text).not.toContain(PASSWORD);
  proxy.refusal = undefined;
  let last = status;
  while (last !== 200) last = (await converse()).status;
});

it("credential providers on the internet go through it, those of a container or instance don't", async () => {
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = env;
  const token = path.join(data.data, "token");
  writeFileSync(token, "a.b.c");
  const irsa = { AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/pod" };
  await spawnSignet("doctor --json", { cwd: data.data, env: { ...rest, ...irsa } });
  const asked = proxy.tunnels.filter((tunnel) => tunnel === STS).length;
  proxy.tunnels.length = 0;
  const pod = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23:1/v1/credentials" };
  await spawnSignet("doctor --json", { cwd: data.data, env: { ...rest, ...pod } });
  // `doctor` itself reaches STS once; the provider's own call is another.
  expect(asked).toBeGreaterThan(1);
  expect(proxy.tunnels.filter((tunnel) => tunnel.startsWith("169.254."))).toEqual([]);
});

it("the whole verification goes through it, and `config print` shows it without its password", async () => {
  const printed = await spawnSignet("config print", { cwd: data.data, env });
  expect(printed.out).toMatch(
    new RegExp(`aws\\.proxy\\.url +http://127\\.0\\.0\\.1:${proxy.port} +HTTPS_PROXY`),
  );
  expect(printed.out).not.toContain(PASSWORD);
  const { out, err } = await spawnSignet(`--data ${data.data} delegation verify team-a`, {
    cwd: data.data,
    env,
  });
  expect(`${out}${err}`).toMatch(/✓ Signet can assume the role with the External ID/);
  expect(`${out}${err}`).toMatch(/✓ Converse on .* is allowed/);
  expect(`${out}${err}`).not.toContain(PASSWORD);
  expect(new Set(proxy.tunnels.map((tunnel) => tunnel.replace(/^bedrock\./, "bedrock-runtime.")))).toEqual(
    new Set([STS, RUNTIME]),
  );
});
