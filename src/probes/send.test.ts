/** Answers that aren't AWS's: they prove nothing, whatever their status. */
import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { Secret } from "../core/secret.ts";
import { awsCredentialSource } from "../credentials/sts.ts";
import { probeParts } from "./parts.ts";
import { meaningOf } from "./said.ts";
import { send } from "./send.ts";

let server: Server;
afterEach(() => server.close());

const base = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: new Secret("secret") };

async function meaning(status: number, headers: OutgoingHttpHeaders, body: string) {
  server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const source = awsCredentialSource({ fips: false, dualstack: false, base });
  const aws = { fips: false, dualstack: false, endpoints: {} };
  const parts = probeParts({ source, clock: systemClock, aws });
  const wanted = {
    origin,
    service: "bedrock",
    region: "us-east-1",
    method: "POST" as const,
    path: "/model/x/converse",
  };
  const answer = await send(parts, base, { ...wanted, body: "{}" });
  return [meaningOf(answer), answer.message];
}

const html = { "content-type": "text/html", server: "squid/6.13" };
const json = { "content-type": "application/json" };
const ofAws = { ...json, "x-amzn-requestid": "11111111-2222-3333-4444-555555555555" };
const DENIED = "User: x is not authorized to perform: bedrock:InvokeModel on resource: y";

it.each([
  ["a sign-in page", 200, html, "<html>Sign in</html>"],
  ["a block page", 403, html, "<html>Access denied by policy</html>"],
  ["a proxy's JSON", 200, json, '{"status":"ok"}'],
  ["a gateway's JSON", 403, json, '{"message":"Forbidden: not authorized to perform: bedrock:InvokeModel"}'],
  ["an error without a body", 502, {}, ""],
])("%s is nobody's answer", async (_, status, headers, body) => {
  const [found, said] = await meaning(status, headers, body);
  expect(found).toBe("proxy");
  expect(said).toContain(`HTTP ${status}`);
  expect(said).toContain("which isn't AWS's answer");
});

it("who answered is named as far as it says", async () => {
  expect((await meaning(403, html, "<html></html>"))[1]).toBe(
    "HTTP 403 of type text/html (from squid/6.13), which isn't AWS's answer",
  );
});

it.each([
  ["an answer", "allowed", 200, ofAws, "{}"],
  ["a stream", "allowed", 200, { "content-type": "application/vnd.amazon.eventstream" }, ""],
  [
    "a denial",
    "iam",
    403,
    { ...ofAws, "x-amzn-errortype": "AccessDeniedException" },
    JSON.stringify({ message: DENIED }),
  ],
  [
    "a denial without AWS's headers",
    "iam",
    403,
    json,
    JSON.stringify({ __type: "AccessDeniedException", message: DENIED }),
  ],
  [
    "EC2's denial",
    "refused",
    403,
    { "content-type": "text/xml" },
    "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error></Errors></Response>",
  ],
])("%s of AWS's is: %s", async (_, expected, status, headers, body) => {
  expect((await meaning(status, headers, body))[0]).toBe(expected);
});
