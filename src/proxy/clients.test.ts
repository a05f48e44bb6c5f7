/** undici, the AWS SDK and HTTP/2 through a real CONNECT proxy to AWS's host names, where the sandbox answers. */
import http2 from "node:http2";
import { once } from "node:events";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { Agent, request } from "undici";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { awsBehindProxy, trusting, type AwsBehindProxy } from "../../test/support/aws-behind-proxy.ts";
import { Secret } from "../core/secret.ts";
import { connectorFor, TunnelAgent } from "./clients.ts";
import { proxyFor } from "./proxy.ts";
import { connectTls, openTunnel, ProxyError } from "./tunnel.ts";

const STS = "sts.us-east-1.amazonaws.com";
let sandbox: Sandbox;
let aws: AwsBehindProxy;
let distrust: () => void;
let credentials: { accessKeyId: string; secretAccessKey: string };

beforeAll(async () => {
  sandbox = await startSandbox();
  const { accessKeyId, secretAccessKey } = seedDefaults(sandbox);
  credentials = { accessKeyId, secretAccessKey };
  aws = await awsBehindProxy(sandbox.url);
  distrust = trusting(aws.ca);
});
afterAll(async () => {
  distrust();
  await aws.close();
  await sandbox.close();
});
afterEach(() => {
  aws.refusal = undefined;
  aws.tunnels.length = 0;
  aws.authorizations.length = 0;
});

const proxies = (userInfo = "", noProxy = "") =>
  proxyFor({ url: new Secret(`http://${userInfo}127.0.0.1:${aws.port}`), noProxy })!;

async function get(host: string, through = proxies()): Promise<number> {
  const dispatcher = new Agent({ allowH2: false, connect: connectorFor(through, 3_000) });
  try {
    const { statusCode, body } = await request(`https://${host}/`, { dispatcher });
    await body.dump();
    return statusCode;
  } finally {
    await dispatcher.destroy();
  }
}

function stsThrough(through = proxies()): STSClient {
  return new STSClient({
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: new TunnelAgent(through, 3_000) }),
  });
}

it("undici's requests go through a tunnel to the host and verify its certificate", async () => {
  expect(await get("bedrock-runtime.us-east-1.amazonaws.com")).toBeGreaterThan(199);
  expect(aws.tunnels).toEqual(["bedrock-runtime.us-east-1.amazonaws.com:443"]);
  await expect(get("example.com")).rejects.toThrow(/altnames/);
});

it("the AWS SDK's calls go through one, kept for the next call", async () => {
  const sts = stsThrough(proxies("user:p%40ss@"));
  for (let calls = 0; calls < 2; calls++)
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toMatch(/:user\/signet$/);
  sts.destroy();
  expect(aws.tunnels).toEqual([`${STS}:443`]);
  expect(aws.authorizations).toEqual([`Basic ${Buffer.from("user:p@ss").toString("base64")}`]);
});

it("HTTP/2 is negotiated with the host behind the proxy", async () => {
  const target = { host: "bedrock-runtime.us-east-1.amazonaws.com", port: 443 };
  const socket = await connectTls(proxies(), target, { ALPNProtocols: ["h2"] }, 3_000);
  expect(socket.alpnProtocol).toBe("h2");
  const session = http2.connect(`https://${target.host}`, { createConnection: () => socket });
  const stream = session.request({ ":path": "/model/x/invoke", ":method": "POST" });
  stream.end();
  const [head] = await once(stream, "response");
  session.destroy();
  expect(head[":status"]).toBe(403);
  expect(aws.tunnels).toEqual([`${target.host}:443`]);
});

it.each([
  [407, "Proxy Authentication Required"],
  [403, "Forbidden"],
  [502, "Bad Gateway"],
] as const)(
  "a proxy that answers %i is named with its answer, never with its password",
  async (status, text) => {
    aws.refusal = { status, text };
    const named = `the proxy ${aws.url} answered ${status} ${text} to CONNECT ${STS}:443`;
    const through = proxies("user:hunter2@");
    const failures: unknown[] = await Promise.all([
      get(STS, through).catch((error: unknown) => error),
      stsThrough(through)
        .send(new GetCallerIdentityCommand({}))
        .catch((error: unknown) => error),
      connectTls(through, { host: STS, port: 443 }, {}, 3_000).catch((error: unknown) => error),
    ]);
    for (const error of failures) {
      expect(error).toMatchObject({ message: named, code: "PROXY_REFUSED", status });
      expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|aHVudGVyMg/);
    }
  },
);

it("a proxy that isn't there is an error of the proxy, not of AWS", async () => {
  const gone = proxyFor({ url: new Secret("http://user:hunter2@127.0.0.1:1") })!;
  const error: unknown = await get(STS, gone).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProxyError);
  expect(error).toMatchObject({ code: "PROXY_UNREACHABLE" });
  expect(String(error)).toMatch(
    /^ProxyError: the proxy http:\/\/127\.0\.0\.1:1 can't be reached: .*ECONNREFUSED/,
  );
  expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2/);
});

it("a proxy that stays silent is given up on in time", async () => {
  const { createServer } = await import("node:net");
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const proxy = proxyFor({ url: new Secret(`http://127.0.0.1:${port}`) })!(STS, 443)!;
  await expect(openTunnel(proxy, { host: STS, port: 443 }, 50)).rejects.toThrow(/no answer within 0.05 s/);
  silent.close();
});

it("what NO_PROXY names is reached directly", async () => {
  await expect(get("sts.invalid", proxies("", ".invalid"))).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  expect(aws.tunnels).toEqual([]);
});
