/** Requests signed by other implementations are accepted; the same ones with any change are not. */
import { createHash, createHmac, hash } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { sign as signByAws4 } from "aws4";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SignetError } from "../core/errors.ts";
import { Secret } from "../core/secret.ts";
import type { Header } from "./canonical-headers.ts";
import { claimedSignature, WINDOW_MS } from "./claimed.ts";
import { signRequest } from "./sign.ts";
import { verifyPayload, verifySignature } from "./verify.ts";

const KEYS = {
  accessKeyId: "SGNTABCDEFGHIJKLMNOP",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const SECRET = new Secret(KEYS.secretAccessKey);
const HOST = "signet.example.com";
const NOON = Date.UTC(2026, 10, 23, 12);

interface Signed {
  method: string;
  path: string;
  query: string;
  headers: Header[];
  body: Uint8Array;
}

/** The code of the refusal, or "verified". */
function outcome({ method, path, query, headers, body }: Signed, now = NOON): string {
  try {
    const authorization = headers.find(([name]) => name === "authorization")?.[1] ?? "";
    const claimed = claimedSignature(authorization, headers, now);
    if (claimed.accessKeyId !== KEYS.accessKeyId) return "unknown";
    const payloadHash = claimed.payloadHash ?? hash("sha256", body, "hex");
    verifySignature({ method, path, query, headers }, claimed, SECRET, payloadHash);
    verifyPayload(payloadHash, body);
    return "verified";
  } catch (thrown) {
    if (thrown instanceof SignetError) return thrown.code;
    throw thrown;
  }
}

function messageOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : "";
  }
}

const REQUEST = {
  method: "POST",
  path: "/model/us.amazon.nova-lite-v1%3A0/converse",
  query: "b=2&a=1",
  body: Buffer.from('{"messages":[]}'),
};
const PLAIN: Header[] = [
  ["content-type", "application/json"],
  ["host", HOST],
  ["x-amzn-bedrock-trace", "ENABLED"],
];

function signed(change: Partial<Signed> = {}, now = NOON): Signed {
  const request = { ...REQUEST, headers: PLAIN, ...change };
  const scope = { region: "eu-central-1", service: "bedrock" };
  const added = signRequest(request, { ...KEYS, secretAccessKey: SECRET }, scope, now);
  return { ...request, headers: [...request.headers, ...Object.entries(added)] };
}

function withHeader(request: Signed, name: string, change: (value: string) => string): Signed {
  return {
    ...request,
    headers: request.headers.map(([n, value]): Header => [n, n === name ? change(value) : value]),
  };
}

const without = (request: Signed, name: string): Signed => ({
  ...request,
  headers: request.headers.filter(([n]) => n !== name),
});

const withAuthorization = (request: Signed, change: (value: string) => string) =>
  withHeader(request, "authorization", change);

describe("requests signed by others are verified", () => {
  const segment = fc.string({ unit: "grapheme", minLength: 1 }).map(encodeURIComponent);
  const sample = fc.record({
    model: segment.filter((text) => !/^(?:\.|%2e){1,2}$/i.test(text)),
    query: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), segment), {
      selector: ([name]) => name,
      maxLength: 3,
    }),
    body: fc.uint8Array({ minLength: 1, maxLength: 100 }),
    region: fc.constantFrom("us-east-1", "eu-central-1", "us-gov-west-1"),
    skew: fc.integer({ min: -WINDOW_MS + 1000, max: WINDOW_MS }),
  });

  test("by aws4", () => {
    fc.assert(
      fc.property(sample, ({ model, query, body, region, skew }) => {
        const path = `/model/${model}/invoke`;
        const wire = query.map(([name, value]) => `${name}=${value}`).join("&");
        const given = {
          method: "POST",
          path: wire === "" ? path : `${path}?${wire}`,
          service: "bedrock",
          region,
          body: Buffer.from(body),
          headers: {
            Host: HOST,
            "Content-Type": "application/json",
            "X-Amz-Date": new Date(NOON + skew).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
          },
        };
        const { headers } = signByAws4(given, KEYS);
        expect(outcome({ method: "POST", path, query: wire, headers: lowerCase(headers), body })).toBe(
          "verified",
        );
      }),
      { numRuns: 500 },
    );
  });

  test("by @smithy/signature-v4, as AWS's SDKs do over HTTP/2", async () => {
    await fc.assert(
      fc.asyncProperty(sample, async ({ model, query, body, region, skew }) => {
        const path = `/model/${model}/invoke`;
        const signer = new SignatureV4({ credentials: KEYS, region, service: "bedrock", sha256: NodeSha256 });
        const request = {
          method: "POST",
          protocol: "https:",
          hostname: HOST,
          path,
          query: Object.fromEntries(query.map(([name, value]) => [name, decodeURIComponent(value)])),
          headers: { ":authority": HOST, "content-type": "application/json", "x-amz-user-agent": " a  b " },
          body,
        };
        const { headers } = await signer.sign(request, { signingDate: new Date(NOON + skew) });
        const wire = query.map(([name, value]) => `${name}=${value}`).join("&");
        const received: Header[] = [["host", HOST], ...lowerCase(headers)];
        expect(outcome({ method: "POST", path, query: wire, headers: received, body })).toBe("verified");
      }),
      { numRuns: 500 },
    );
  });
});

class NodeSha256 {
  readonly #hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key as Uint8Array);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    throw new Error("not used by the signer");
  }
}

function lowerCase(headers: Record<string, string | number>): Header[] {
  return Object.entries(headers).map(([name, value]): Header => [name.toLowerCase(), String(value)]);
}

describe("a signed request", () => {
  test("is verified under :authority as under host", () => {
    const headers: Header[] = [...PLAIN.filter(([name]) => name !== "host"), [":authority", HOST]];
    const request = signed({ headers });
    const both: Signed = { ...request, headers: [...request.headers, ["host", HOST]] };
    expect(outcome(both)).toBe("verified");
  });

  test("may carry unsigned headers that are added on its way", () => {
    const added: Header[] = [
      ["x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678"],
      ["user-agent", "x"],
      ["x-forwarded-for", "203.0.113.9"],
      ["accept", "*/*"],
    ];
    const request = signed();
    expect(outcome({ ...request, headers: [...request.headers, ...added] })).toBe("verified");
  });

  test.each(["x-amz-target", "x-amz-security-token", "x-amzn-bedrock-guardrailidentifier"])(
    "may not carry %s unsigned",
    (name) => {
      const request = signed();
      const smuggled: Signed = { ...request, headers: [...request.headers, [name, "1"]] };
      expect(outcome(smuggled)).toBe("incomplete_signature");
    },
  );

  test("may leave only a content-type of JSON unsigned", () => {
    const request = without(signed({ headers: PLAIN.slice(1) }), "content-type");
    const typed = (type: string): Signed => ({
      ...request,
      headers: [...request.headers, ["content-type", type]],
    });
    expect(outcome(typed("application/json; charset=utf-8"))).toBe("verified");
    expect(outcome(typed("application/x-www-form-urlencoded"))).toBe("incomplete_signature");
  });

  test("is valid for five minutes on either side, then refused in AWS's words", () => {
    const at = (ms: number) => outcome(signed({}, NOON + ms));
    expect([at(-WINDOW_MS), at(WINDOW_MS)]).toEqual(["verified", "verified"]);
    expect([at(-WINDOW_MS - 1000), at(WINDOW_MS + 1000)]).toEqual(["signature_expired", "signature_expired"]);
    const message = (ms: number) => {
      const { headers } = signed({}, NOON + ms);
      return messageOf(() =>
        claimedSignature(headers.find(([n]) => n === "authorization")![1], headers, NOON),
      );
    };
    expect(message(-WINDOW_MS - 1000)).toBe(
      "Signature expired: 20261123T115459Z is now earlier than 20261123T115500Z (20261123T120000Z - 5 min.)",
    );
    expect(message(WINDOW_MS + 1000)).toBe(
      "Signature not yet current: 20261123T120501Z is still later than 20261123T120500Z (20261123T120000Z + 5 min.)",
    );
  });
});

describe("a request that was tampered with is refused", () => {
  const good = signed();

  test("at any byte of the body", () => {
    for (let at = 0; at < good.body.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const body = Buffer.from(good.body);
        body[at]! ^= 1 << bit;
        expect(outcome({ ...good, body })).toBe("invalid_signature");
      }
    expect(outcome({ ...good, body: Buffer.alloc(0) })).toBe("invalid_signature");
  });

  test.each(["method", "path", "query"] as const)("at any character of its %s", (part) => {
    for (const [at, changed] of flips(good[part]))
      expect([at, outcome({ ...good, [part]: changed })]).toEqual([at, "invalid_signature"]);
  });

  test.each(["host", "content-type", "x-amzn-bedrock-trace", "x-amz-date", "x-amz-content-sha256"])(
    "at any character of its header %s",
    (name) => {
      const value = good.headers.find(([n]) => n === name)![1];
      for (const [, changed] of flips(value))
        expect(outcome(withHeader(good, name, () => changed))).not.toBe("verified");
      expect(outcome(without(good, name))).not.toBe("verified");
    },
  );

  test("at any bit of its Authorization header", () => {
    const value = good.headers.find(([n]) => n === "authorization")![1];
    for (const [, changed] of flips(value))
      expect(outcome(withAuthorization(good, () => changed))).not.toBe("verified");
  });

  test.each([
    ["a header left out of the list", "content-type;host;x-amz-date;x-amzn-bedrock-trace"],
    [
      "a header added to the list",
      "accept;content-type;host;x-amz-content-sha256;x-amz-date;x-amzn-bedrock-trace",
    ],
    ["another order", "host;content-type;x-amz-content-sha256;x-amz-date;x-amzn-bedrock-trace"],
    ["a header named twice", "content-type;host;host;x-amz-content-sha256;x-amz-date;x-amzn-bedrock-trace"],
    ["no host", "content-type;x-amz-content-sha256;x-amz-date;x-amzn-bedrock-trace"],
  ])("with %s", (_what, names) => {
    const relisted = withAuthorization(good, (value) =>
      value.replace(/SignedHeaders=[^,]+/, `SignedHeaders=${names}`),
    );
    const request: Signed = { ...relisted, headers: [...relisted.headers, ["accept", "a/b"]] };
    expect(outcome(request)).toMatch(/^(?:invalid|incomplete)_signature$/);
  });

  test("by moving it to another day, region or service", () => {
    for (const [from, to] of [
      ["/20261123/", "/20261122/"],
      ["/eu-central-1/", "/us-east-1/"],
      ["/bedrock/", "/sts/"],
      ["aws4_request", "aws4_requests"],
    ] as const)
      expect(outcome(withAuthorization(good, (value) => value.replace(from, to)))).toBe("invalid_signature");
  });

  test.each(["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])(
    "by leaving its body unsigned: %s",
    (value) => {
      const headers: Header[] = [
        ...PLAIN,
        ["x-amz-date", "20261123T120000Z"],
        ["x-amz-content-sha256", value],
      ];
      const names = "content-type;host;x-amz-content-sha256;x-amz-date;x-amzn-bedrock-trace";
      const authorization = `AWS4-HMAC-SHA256 Credential=${KEYS.accessKeyId}/20261123/us-east-1/bedrock/aws4_request, SignedHeaders=${names}, Signature=${"0".repeat(64)}`;
      expect(outcome({ ...REQUEST, headers: [...headers, ["authorization", authorization]] })).toBe(
        "invalid_signature",
      );
    },
  );

  /** The text with each of its characters changed by each of its lowest seven bits. */
  function* flips(text: string): Generator<[at: number, changed: string]> {
    for (let at = 0; at < text.length; at++)
      for (let bit = 0; bit < 7; bit++) {
        const changed = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        yield [at, text.slice(0, at) + changed + text.slice(at + 1)];
      }
  }
});

describe("an Authorization header", () => {
  const SCOPE = "SGNTABCDEFGHIJKLMNOP/20261123/us-east-1/bedrock/aws4_request";
  const SIGNATURE = "0".repeat(64);
  const headers: Header[] = [
    ["host", HOST],
    ["x-amz-date", "20261123T120000Z"],
  ];
  const parsed = (text: string) =>
    messageOf(() => claimedSignature(`AWS4-HMAC-SHA256 ${text}`, headers, NOON));

  test("may have its parameters in any order, with or without blanks", () => {
    expect(
      claimedSignature(
        `AWS4-HMAC-SHA256 Signature=${SIGNATURE},SignedHeaders=host;x-amz-date,  Credential=${SCOPE}`,
        headers,
        NOON,
      ),
    ).toEqual({
      accessKeyId: "SGNTABCDEFGHIJKLMNOP",
      scope: "20261123/us-east-1/bedrock/aws4_request",
      amzDate: "20261123T120000Z",
      signedHeaders: ["host", "x-amz-date"],
      signature: SIGNATURE,
      payloadHash: undefined,
    });
  });

  test.each([
    [
      "no signature",
      `Credential=${SCOPE}, SignedHeaders=host`,
      "Authorization header requires 'Signature' parameter.",
    ],
    ["nothing", "", "that Signature Version 4 does not define"],
    [
      "a parameter twice",
      `Credential=${SCOPE}, Credential=${SCOPE}, SignedHeaders=host, Signature=${SIGNATURE}`,
      "'Credential' twice",
    ],
    [
      "a foreign parameter",
      `Credential=${SCOPE}, SignedHeaders=host, Signature=${SIGNATURE}, x=1`,
      "that Signature Version 4 does not define",
    ],
    [
      "a short scope",
      `Credential=a/20261123/bedrock/aws4_request, SignedHeaders=host, Signature=${SIGNATURE}`,
      "exactly 5 slash-delimited elements",
    ],
    [
      "an upper-case signature",
      `Credential=${SCOPE}, SignedHeaders=host, Signature=${"A".repeat(64)}`,
      "64 hexadecimal digits",
    ],
    [
      "a header name in upper case",
      `Credential=${SCOPE}, SignedHeaders=Host, Signature=${SIGNATURE}`,
      "in lower case",
    ],
    [
      "too much",
      `Credential=${SCOPE}, SignedHeaders=${"a;".repeat(5000)}host, Signature=${SIGNATURE}`,
      "longer than 4096 characters",
    ],
  ])("with %s is refused with the reason", (_what, text, expected) => {
    expect(parsed(text)).toContain(expected);
  });

  test.each([
    ["is missing", []],
    ["is a Date header", [["date", "Mon, 23 Nov 2026 12:00:00 GMT"]]],
    ["is no date", [["x-amz-date", "20261332T120000Z"]]],
    ["is in another form", [["x-amz-date", "2026-11-23T12:00:00Z"]]],
  ] satisfies [string, Header[]][])("is refused if the date %s", (_what, date) => {
    const names = ["host", ...date.map(([name]) => name)].toSorted().join(";");
    const text = `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=${names}, Signature=${SIGNATURE}`;
    const message = messageOf(() => claimedSignature(text, [["host", HOST], ...date], NOON));
    expect(message).toMatch(/X-Amz-Date|ISO-8601/);
  });

  test("never takes longer than its length, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 6000 }), (text) => {
        expect(parsed(text)).not.toBe("");
      }),
    );
  });
});
