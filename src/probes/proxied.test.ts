/** A verification through an HTTPS proxy that lets nothing through, or answers itself: it proves nothing either way. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { awsBehindProxy, trusting, type AwsBehindProxy } from "../../test/support/aws-behind-proxy.ts";
import { delegateRole, named, type DelegatedRole } from "../../test/support/delegated-role.ts";
import { Secret } from "../core/secret.ts";
import { awsCredentialSource } from "../credentials/sts.ts";
import { probeParts } from "./parts.ts";

let role: DelegatedRole;
let proxy: AwsBehindProxy;
let distrust: () => void;

beforeEach(async () => {
  role = await delegateRole();
  role.makeRole();
  proxy = await awsBehindProxy(role.sandbox.url);
  distrust = trusting(proxy.ca);
  const settings = { url: new Secret(`http://user:hunter2@127.0.0.1:${proxy.port}`) };
  const base = { accessKeyId: role.keys.accessKeyId, secretAccessKey: new Secret(role.keys.secretAccessKey) };
  const reached = { fips: false, dualstack: false, proxy: settings };
  role.parts = probeParts({
    source: awsCredentialSource({ ...reached, base }),
    clock: role.parts.clock,
    aws: { ...reached, endpoints: {} },
  });
});
afterEach(async () => {
  distrust();
  await proxy.close();
  await role.close();
});

it("passes through a proxy that lets it, as it does directly", async () => {
  expect(await role.verify()).toMatchObject({ verdict: "pass", unenforced: false });
});

it.each([
  ["a sign-in page", 200, "text/html"],
  ["a block page", 403, "text/html"],
  ["its own JSON", 403, "application/json"],
])("%s in AWS's place is no denial and no success", async (_, status, type) => {
  proxy.page = { status, headers: { "content-type": type }, body: '{"message":"Forbidden"}' };
  const verification = await role.verify();
  expect(verification.verdict).not.toBe("pass");
  expect(verification.unenforced).toBe(false);
  expect(named(verification, "assume_with_external_id")).toMatchObject({ status: "unknown", cause: "proxy" });
  const blamed = verification.probes.filter(({ fix }) => fix?.policy !== undefined);
  expect(blamed).toEqual([]);
});

it("only Bedrock's host behind a page: the role is assumed, and its calls are undecided", async () => {
  proxy.pageFor = (authority) => authority.startsWith("bedrock-runtime.");
  proxy.page = { status: 403, headers: { "content-type": "text/html" }, body: "<html>Blocked</html>" };
  const verification = await role.verify();
  expect(verification.verdict).toBe("unknown");
  expect(named(verification, "assume_without_external_id")?.status).toBe("pass");
  const calls = verification.probes.filter(({ probe }) => probe.startsWith("call:"));
  expect(new Set(calls.map(({ status, cause }) => `${status} ${cause}`))).toEqual(new Set(["unknown proxy"]));
  expect(named(verification, "not_granted:Converse")?.status).toBe("unknown");
});

it("a proxy that asks for a password is named, and nothing says the password", async () => {
  proxy.refusal = { status: 407, text: "Proxy Authentication Required" };
  const verification = await role.verify();
  expect(named(verification, "sts_reachable")).toMatchObject({ status: "fail", cause: "proxy" });
  expect(named(verification, "base_identity")).toMatchObject({ status: "unknown", cause: "proxy" });
  expect(JSON.stringify(verification)).not.toMatch(/hunter2|aHVudGVyMg/);
});
