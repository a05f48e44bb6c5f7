/** Which hosts go through the proxy: NO_PROXY as curl and Go read it, and what never does. */
import { expect, it } from "vitest";
import { Secret } from "../core/secret.ts";
import { proxyFor } from "./proxy.ts";

const url = new Secret("http://user:p%40ss@proxy.example.com:3128");
const isProxied = (noProxy: string, host: string, port = 443) =>
  proxyFor({ url, noProxy })?.(host, port) !== undefined;

it.each([
  ["", "sts.us-east-1.amazonaws.com", true],
  ["amazonaws.com", "sts.us-east-1.amazonaws.com", false],
  [".amazonaws.com", "sts.us-east-1.amazonaws.com", false],
  ["*.amazonaws.com", "sts.us-east-1.amazonaws.com", false],
  [".AmazonAWS.com", "STS.us-east-1.amazonaws.com.", false],
  ["amazonaws.com", "notamazonaws.com", true],
  ["example.com, sts.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com", false],
  ["sts.us-east-1.amazonaws.com:8443", "sts.us-east-1.amazonaws.com", true],
  ["sts.us-east-1.amazonaws.com:443", "sts.us-east-1.amazonaws.com", false],
  ["10.0.0.0/8", "10.1.2.3", false],
  ["10.0.0.0/8", "11.1.2.3", true],
  ["10.1.2.3", "10.1.2.3", false],
  ["fd12::/16", "[fd12::7]", false],
  ["[fd12::7]:443", "fd12::7", false],
  ["*", "sts.us-east-1.amazonaws.com", false],
] as const)("NO_PROXY=%s and %s: through the proxy %s", (noProxy, host, proxied) => {
  expect(isProxied(noProxy, host)).toBe(proxied);
});

it("never covers this machine or the metadata services of EC2, ECS and EKS", () => {
  const local = [
    "localhost",
    "sandbox.localhost",
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "[::1]",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "[fd00:ec2::23]",
  ];
  expect(local.filter((host) => isProxied("", host))).toEqual([]);
});

it("is named without user name and password, which are its Proxy-Authorization", () => {
  const proxy = proxyFor({ url })?.("sts.us-east-1.amazonaws.com", 443);
  expect(proxy?.authorization?.reveal()).toBe(`Basic ${Buffer.from("user:p@ss").toString("base64")}`);
  expect(JSON.stringify(proxy)).not.toMatch(/p%40ss|p@ss|dXNlc/);
  expect(proxy).toMatchObject({
    name: "http://proxy.example.com:3128",
    host: "proxy.example.com",
    port: 3128,
  });
});

it("is reached on its scheme's port if none is given", () => {
  const portOf = (text: string) => proxyFor({ url: new Secret(text) })?.("example.com", 443)?.port;
  expect([portOf("http://proxy"), portOf("https://proxy"), portOf("http://proxy:8080")]).toEqual([
    80, 443, 8080,
  ]);
});

it("isn't used unless configured", () => {
  expect(proxyFor({})).toBeUndefined();
  expect(proxyFor({ noProxy: "example.com" })).toBeUndefined();
});
