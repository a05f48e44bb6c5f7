#!/usr/bin/env bash
# what: the AWS SDK for JavaScript sends a call without its project: `projectIdentifier` of Converse and InvokeModel, which
#       AWS's service model has, isn't in the SDK's schema yet, and what the schema lacks is left out without a word. The
#       call then runs in the account's default project, with that project's costs and data retention. One would expect
#       an error, as botocore gives for a parameter that it doesn't know.
# with what: @aws-sdk/client-bedrock-runtime 3.1164.0 on Node 26.10.0, botocore 1.44.8 (whose model has the member)
# seen: Converse {"messages":[…]} and InvokeModel without x-amzn-bedrock-projectidentifier; botocore sends both, and refuses
#       `projectIdentifierX`.
# in Signet: `delegation create --project` names the project in each call, whatever the client's SDK knows.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null && npm install --silent --save-exact node@26.10.0 @aws-sdk/client-bedrock-runtime@3.1164.0 \
  >/dev/null 2>&1 || exit 2
python3 -m pip install --quiet --target python botocore==1.44.8 >/dev/null 2>&1 || exit 2
cat >try.mjs <<'JS'
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";

const seen = [];
const requestHandler = {
  handle(request) {
    seen.push(request);
    throw new Error("seen");
  },
};
const client = new BedrockRuntimeClient({
  region: "us-east-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "SECRET" },
  maxAttempts: 1,
  requestHandler,
});
const modelId = "amazon.nova-lite-v1:0";
const projectIdentifier = "proj_example";
const messages = [{ role: "user", content: [{ text: "hi" }] }];
await client.send(new ConverseCommand({ modelId, messages, projectIdentifier })).catch(() => {});
await client.send(new InvokeModelCommand({ modelId, body: "{}", projectIdentifier })).catch(() => {});
const [converse, invoke] = seen;
const body = Buffer.from(converse.body).toString();
console.log("JavaScript, Converse:", body);
console.log("JavaScript, InvokeModel:", Object.keys(invoke.headers).join(" "));
const isLost = !body.includes("proj_example") && !JSON.stringify(invoke.headers).includes("proj_example");
process.exit(seen.length === 2 && isLost ? 0 : 1);
JS
cat >try.py <<'PY'
import botocore.exceptions
import botocore.session

client = botocore.session.Session().create_client(
    "bedrock-runtime", "us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="SECRET"
)
seen = []


def keep(request, **_):
    seen.append(request)
    raise InterruptedError


client.meta.events.register("before-send.bedrock-runtime.*", keep)
messages = [{"role": "user", "content": [{"text": "hi"}]}]
call = {"modelId": "amazon.nova-lite-v1:0", "messages": messages}
try:
    client.converse(**call, projectIdentifier="proj_example")
except InterruptedError:
    print("botocore, Converse:", seen[0].body.decode())
refused = False
try:
    client.converse(**call, projectIdentifierX="proj_example")
except botocore.exceptions.ParamValidationError as error:
    refused = "projectIdentifierX" in str(error)
    print("botocore, projectIdentifierX:", str(error).splitlines()[1].split(",")[0])
raise SystemExit(0 if refused and b"proj_example" in seen[0].body else 1)
PY
node_modules/.bin/node try.mjs && PYTHONPATH=python python3 try.py
