/** Signatures over raw requests: accepted ones, and each refusal with AWS's own code and wording. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { allow, sendRaw, sessionWith, signedRequest } from "../testing.ts";
import type { Keys, RawAnswer, RawRequest } from "../testing.ts";

const PATH = "/model/meta.llama3-8b-instruct-v1%3A0/invoke";
const BODY = JSON.stringify({ prompt: "hi" });

let sandbox: Sandbox;
let keys: Keys;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow("bedrock:*"));
});
afterAll(() => sandbox.close());

type Given = Partial<Parameters<typeof signedRequest>[2]>;

async function sendSigned(
  given: Given = {},
  tamper: (request: RawRequest) => void = () => undefined,
): Promise<RawAnswer> {
  const request = await signedRequest(sandbox, keys, { path: PATH, body: BODY, ...given });
  tamper(request);
  return sendRaw(sandbox, request);
}

const errorOf = ({ status, headers, body }: RawAnswer) => ({
  status,
  type: String(headers["x-amzn-errortype"]).split(":")[0],
  message: (JSON.parse(body) as { message: string }).message,
});

const minutes = (n: number): Date => new Date(Date.now() + n * 60_000);

describe("accepted requests", () => {
  it.each([
    ["an encoded colon", PATH],
    ["a raw colon", "/model/meta.llama3-8b-instruct-v1:0/invoke"],
    [
      "an ARN with %2F",
      "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fmeta.llama3-8b-instruct-v1%3A0/invoke",
    ],
    [
      "an ARN with raw colons and %2F",
      "/model/arn:aws:bedrock:us-east-1::foundation-model%2Fmeta.llama3-8b-instruct-v1:0/invoke",
    ],
  ])("may have %s in the path", async (_, path) => {
    expect(await sendSigned({ path })).toMatchObject({ status: 200 });
  });

  it("may have a signed query in any order", async () => {
    const path = "/inference-profiles?type=SYSTEM_DEFINED&maxResults=1";
    const signed = await sendSigned({ method: "GET", path, body: "" });
    expect(signed.status).toBe(200);
    const swapped = await sendSigned({ method: "GET", path, body: "" }, (request) => {
      request.path = "/inference-profiles?maxResults=1&type=SYSTEM_DEFINED";
    });
    expect(swapped.status).toBe(200);
  });

  it("may be for any region on the one port", async () => {
    expect(await sendSigned({ region: "eu-west-2" })).toMatchObject({ status: 200 });
    expect(sandbox.calls().at(-1)?.region).toBe("eu-west-2");
  });
});

describe("paths that AWS doesn't route", () => {
  it.each([
    "/model/arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0/invoke",
    "//model/x/invoke",
    "/model//invoke",
    "/model/x/invoke/",
    "/model/x/../y/invoke",
    "/Model/x/invoke",
    "/model/x/invoke-with-both-streams",
  ])("get UnknownOperationException: %s", async (path) => {
    expect(errorOf(await sendSigned({ path }))).toMatchObject({
      status: 404,
      type: "UnknownOperationException",
    });
  });
});

describe("refusals", () => {
  const mismatch = { status: 403, type: "InvalidSignatureException" };
  const refusals: [string, Given, (request: RawRequest) => void, object][] = [
    [
      "no Authorization",
      {},
      (r) => delete r.headers["authorization"],
      { status: 403, type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" },
    ],
    [
      "an unknown access key",
      {},
      (r) =>
        (r.headers["authorization"] = r.headers["authorization"]!.replace(
          keys.accessKeyId,
          "ASIAUNKNOWNUNKNOWN00",
        )),
      {
        status: 403,
        type: "UnrecognizedClientException",
        message: "The security token included in the request is invalid.",
      },
    ],
    [
      "another session token",
      {},
      (r) => (r.headers["x-amz-security-token"] += "x"),
      { status: 403, type: "UnrecognizedClientException" },
    ],
    [
      "no session token",
      {},
      (r) => delete r.headers["x-amz-security-token"],
      { status: 403, type: "UnrecognizedClientException" },
    ],
    [
      "another service's scope",
      { service: "bedrock-runtime" },
      () => undefined,
      { ...mismatch, message: "Credential should be scoped to correct service: 'bedrock'. " },
    ],
    [
      "a region that isn't served",
      { region: "mars-north-1" },
      () => undefined,
      { ...mismatch, message: "Credential should be scoped to a valid region. " },
    ],
    ["a changed body", {}, (r) => (r.body = r.body.replace("hi", "ho")), mismatch],
    [
      "a changed body with its own hash",
      {},
      (r) => {
        r.body = "{}";
        r.headers["x-amz-content-sha256"] =
          "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
      },
      mismatch,
    ],
    ["an unsigned payload", {}, (r) => (r.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"), mismatch],
    ["another path", {}, (r) => (r.path = r.path.replace("8b", "70b")), mismatch],
    ["a query that wasn't signed", {}, (r) => (r.path += "?x=1"), mismatch],
    [
      "a changed signature",
      {},
      (r) =>
        (r.headers["authorization"] = r.headers["authorization"]!.replace(/.$/, (c) =>
          c === "0" ? "1" : "0",
        )),
      mismatch,
    ],
    [
      "an x-amz header that isn't signed",
      {},
      (r) => (r.headers["x-amz-extra"] = "1"),
      {
        status: 400,
        type: "IncompleteSignatureException",
        message: "'x-amz-extra' must be a 'SignedHeader' in the AWS Authorization.",
      },
    ],
    ["another host", {}, (r) => (r.headers["host"] = "bedrock-runtime.us-east-1.amazonaws.com"), mismatch],
    [
      "another region's host",
      {},
      (r) => (r.headers["host"] = "bedrock-runtime.eu-west-1.amazonaws.com"),
      { ...mismatch, message: "Credential should be scoped to a valid region. " },
    ],
  ];
  it.each(refusals)("for %s", async (_, given, tamper, expected) => {
    expect(errorOf(await sendSigned(given, tamper))).toMatchObject(expected);
  });

  it("for a path encoded differently from the signed one", async () => {
    const answer = await sendSigned({}, (request) => (request.path = request.path.replace("%3A", ":")));
    expect(errorOf(answer)).toMatchObject(mismatch);
  });

  it("print the canonical request, as AWS's do (T30)", async () => {
    const { message } = errorOf(await sendSigned({}, (request) => (request.path += "?x=1")));
    expect(message).toContain("The Canonical String for this request should have been\n'POST\n/model/meta");
    expect(message).toContain("v1%253A0/invoke\nx=1\n");
    expect(message).toContain("The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n");
  });

  it("for signatures more than five minutes off, either way", async () => {
    expect((await sendSigned({ signingDate: minutes(-4) })).status).toBe(200);
    expect(errorOf(await sendSigned({ signingDate: minutes(-6) }))).toMatchObject({
      ...mismatch,
      message: expect.stringMatching(
        /^Signature expired: \d{8}T\d{6}Z is now earlier than .*\(.* - 5 min\.\)$/,
      ),
    });
    expect(errorOf(await sendSigned({ signingDate: minutes(6) }))).toMatchObject({
      ...mismatch,
      message: expect.stringMatching(
        /^Signature not yet current: \d{8}T\d{6}Z is still later than .*\(.* \+ 5 min\.\)$/,
      ),
    });
  });

  it("have a request id and a date, and keep secrets out of the record", async () => {
    const { headers } = await sendSigned({}, (request) => (request.path += "?x=1"));
    expect(headers["x-amzn-requestid"]).toBe(sandbox.calls().at(-1)?.requestId);
    expect(Date.parse(String(headers["date"]))).not.toBeNaN();
    const recorded = JSON.stringify(sandbox.calls());
    expect(recorded).not.toContain(keys.sessionToken);
    expect(recorded).not.toContain(keys.secretAccessKey);
  });
});
