#!/usr/bin/env bash
# what: the AWS SDK for JavaScript can't send InvokeModelWithBidirectionalStream with a bearer token alone: the request has
#       `Authorization: Bearer`, but its events are still signed with AWS credentials. Without any, the call fails; with
#       any on the machine, each event is signed with them, the first one over an empty signature before it.
#       One would expect a bearer call to need no AWS credentials and to use none, as Converse with the same client does.
# with what: @aws-sdk/client-bedrock-runtime 3.1164.0 and @smithy/eventstream-codec 4.5.2 on Node 26.10.0
# seen: without credentials "Could not load credentials from any providers", and no event; with credentials three events
#       (two and the empty last one) whose signatures are the pair's, the first over "".
# in Signet: nothing, as the operation is not served; docs/clients.md says so.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null && npm install --silent --save-exact node@26.10.0 @aws-sdk/client-bedrock-runtime@3.1164.0 \
  @smithy/eventstream-codec@4.5.2 >/dev/null 2>&1 || exit 2
cat >try.mjs <<'JS'
import { createHash, createHmac } from "node:crypto";
import http2 from "node:http2";
import * as runtime from "@aws-sdk/client-bedrock-runtime";
import { EventStreamCodec } from "@smithy/eventstream-codec";

const SECRET = "SECRET";
const SCOPE = ["us-east-1", "bedrock", "aws4_request"];
const codec = new EventStreamCodec((bytes) => Buffer.from(bytes).toString(), (text) => Buffer.from(text));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/** The signature that the pair gives an event, after the one before it. */
function expected(event, prior) {
  const date = event.headers[":date"];
  const time = date.value.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), ...SCOPE];
  const headers = Buffer.concat([Buffer.from([5]), Buffer.from(":date"), Buffer.from([8]), millis(date.value)]);
  const text = ["AWS4-HMAC-SHA256-PAYLOAD", time, scope.join("/"), prior, sha256(headers), sha256(event.body)];
  return hmac(scope.reduce(hmac, `AWS4${SECRET}`), text.join("\n")).toString("hex");
}

function millis(date) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(date.getTime()));
  return bytes;
}

const nothing = { scheme: "none", events: 0, ofPair: 0 };
let seen = nothing;
const server = http2.createServer().on("stream", (stream, headers) => {
  seen = { scheme: headers.authorization.split(" ")[0], events: 0, ofPair: 0 };
  let rest = Buffer.alloc(0);
  let prior = "";
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
  stream.on("data", (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 4 && rest.length >= rest.readUInt32BE(0)) {
      const event = codec.decode(rest.subarray(0, rest.readUInt32BE(0)));
      rest = rest.subarray(rest.readUInt32BE(0));
      const signature = Buffer.from(event.headers[":chunk-signature"]?.value ?? []).toString("hex");
      seen.events++;
      if (signature === expected(event, prior)) seen.ofPair++;
      prior = signature;
    }
  });
  stream.on("end", () => stream.end());
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

async function call(credentials) {
  const client = new runtime.BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${server.address().port}`,
    maxAttempts: 1,
    token: { token: "a-token" },
    authSchemePreference: ["httpBearerAuth"],
    ...credentials,
  });
  const body = (async function* () {
    for (let n = 0; n < 2; n++) yield { chunk: { bytes: Buffer.from(`{"event":{"n":${n}}}`) } };
  })();
  const modelId = "amazon.nova-sonic-v1:0";
  try {
    const answer = await client.send(new runtime.InvokeModelWithBidirectionalStreamCommand({ modelId, body }));
    for await (const _ of answer.body);
    return "no error";
  } catch (error) {
    return error.message;
  }
}

const without = await call({});
console.log("without credentials:", without, JSON.stringify(seen));
const failed = seen.events === 0 && without.includes("Could not load credentials");
seen = nothing;
const withPair = await call({ credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET } });
console.log("with credentials:", withPair, JSON.stringify(seen));
process.exit(failed && seen.scheme === "Bearer" && seen.events === 3 && seen.ofPair === 3 ? 0 : 1);
JS
unset "${!AWS_@}"
HOME=$folder AWS_EC2_METADATA_DISABLED=true timeout 60 node_modules/.bin/node try.mjs 2>&1
