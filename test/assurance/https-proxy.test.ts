/** F2, F3: AWS through a real forward proxy that asks for a password. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { awsBehindProxy, type AwsBehindProxy } from "../support/aws-behind-proxy.ts";
import { pathOf } from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { spawnSignet, startServe } from "../support/process.ts";
import { installed, reportAbsent } from "../support/programs.ts";
import { FORWARD_USER, startProxy } from "../support/proxies.ts";
import { newData, startAws } from "../support/served.ts";
import { figure, tries } from "./figure.ts";

let aws: Awaited<ReturnType<typeof startAws>>;
let behind: AwsBehindProxy;
let data: Awaited<ReturnType<typeof newData>>;
beforeAll(async () => {
  aws = await startAws();
  behind = await awsBehindProxy(aws.sandbox.url);
  data = await newData(aws.roleArn);
  writeFileSync(path.join(data.data, "ca.pem"), behind.ca);
});
afterAll(async () => {
  await behind.close();
  await aws.sandbox.close();
  data.remove();
});

it("tinyproxy between Signet and AWS is used with its password; `doctor` says if it is missing (F2, F3)", async (context) => {
  const [program] = installed("tinyproxy");
  if (program === undefined) {
    reportAbsent(context, "tinyproxy");
    return;
  }
  const proxy = await startProxy("tinyproxy", program, behind.url);
  const { host } = new URL(proxy.url);
  const { AWS_ENDPOINT_URL: _direct, ...credentials } = aws.env;
  const env = {
    ...credentials,
    AWS_REGION: "us-east-1",
    NODE_EXTRA_CA_CERTS: path.join(data.data, "ca.pem"),
  };
  const HTTPS_PROXY = `http://${FORWARD_USER.name}:${FORWARD_USER.password}@${host}`;
  const serving = await startServe({ data: data.data, env: { ...env, HTTPS_PROXY } });
  try {
    const headers = [`x-api-key: ${data.key.token}`];
    const call = request({ path: pathOf("converse"), headers, body: converseBody("hello") });
    const count = tries(20, 500);
    const statuses = new Set<number>();
    for (let at = 0; at < count; at += 10)
      for (const { status } of await Promise.all(Array.from({ length: 10 }, () => raw(serving.url, call))))
        statuses.add(status);
    expect([...statuses]).toEqual([200]);
    figure(context, `${count} calls through ${behind.tunnels.length} tunnels`);
    expect(behind.tunnels.length).toBeLessThanOrEqual(15);
    const without = await spawnSignet("doctor", {
      cwd: data.data,
      env: { ...env, HTTPS_PROXY: proxy.url },
    });
    expect(without.out).toMatch(/answered 407 .*CONNECT sts\.us-east-1\.amazonaws\.com:443/);
    expect(without.out).toContain("give user name and password, percent-encoded, in HTTPS_PROXY");
  } finally {
    serving.child.kill("SIGTERM");
    await serving.ended;
    await proxy.close();
  }
});
