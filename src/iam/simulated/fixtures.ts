/** Tables of what a role must allow, and of near misses that it must deny. */
import { DEFAULT_ROLE, type Delegation } from "../../core/delegation.ts";
import {
  ACCOUNT,
  arn,
  asksOf,
  delegation,
  grant,
  HAIKU,
  model,
  NOVA,
  SONNET,
  type Ask,
} from "../fixtures.ts";

const APPLICATION = arn("us-east-1", "application-inference-profile/abc123");
const PROVISIONED = arn("us-east-1", "provisioned-model/abc123");
const IMPORTED = arn("us-east-1", "imported-model/abc123");
const DEPLOYMENT = arn("us-east-1", "custom-model-deployment/abc123");
const ROUTER = arn("us-east-1", "prompt-router/abc123");
const GUARDRAIL = arn("us-east-1", "guardrail/gr1");
const INVOKE = "bedrock:InvokeModel";

const profiled = delegation({ grants: [grant([`us.${HAIKU}`])] });
const direct = delegation({ grants: [grant([HAIKU])] });
const global = delegation({ grants: [grant([`global.${SONNET}`])] });
const gov = delegation({
  partition: "aws-us-gov",
  region: "us-gov-west-1",
  grants: [grant([`us-gov.${HAIKU}`], { regions: ["us-gov-west-1"] })],
});
const sovereign = delegation({
  partition: "aws-eusc",
  region: "eusc-de-east-1",
  grants: [grant([NOVA], { regions: ["eusc-de-east-1"] })],
});
const anyDeployment = delegation({
  grants: [grant(["arn:aws:bedrock:*:*:custom-model-deployment/*"], { regions: ["us-east-1", "us-west-2"] })],
});
const everything = delegation({ grants: [grant(["*"], { operations: ["*"] })] });
const arns = delegation({ grants: [grant([APPLICATION, PROVISIONED, IMPORTED, ROUTER])] });
const guarded = delegation({
  grants: [grant([HAIKU, "guardrail/gr1"], { operations: ["Converse", "ApplyGuardrail"] })],
  role: { ...DEFAULT_ROLE, requiredGuardrail: "gr1:2" },
});
const checking = delegation({
  grants: [grant([HAIKU], { operations: ["Converse", "InvokeGuardrailChecks"] })],
});
const asynchronous = delegation({
  grants: [grant(["amazon.nova-reel-v1:0"], { operations: ["StartAsyncInvoke", "GetAsyncInvoke"] })],
  role: { ...DEFAULT_ROLE, asyncOutput: "answers/reel" },
});
const keyed = delegation({ grants: [grant([HAIKU])], role: { ...DEFAULT_ROLE, bedrockApiKeys: true } });
const discovering = delegation({
  grants: [grant([HAIKU], { operations: ["Converse", "ListFoundationModels", "GetFoundationModel"] })],
});

const one = (action: string, resource: string, context: Record<string, string> = {}): Ask[] => [
  { action, resource, context },
];
const haikuThrough = (profile: string, place = "us-west-2") =>
  one(INVOKE, model(place, HAIKU), { "bedrock:InferenceProfileArn": profile });

export const GRANTED: [string, Delegation, Ask[]][] = [
  ["a foundation model", direct, asksOf("Converse", HAIKU, "us-east-1")],
  ["a geographic profile", profiled, asksOf("Converse", `us.${HAIKU}`, "us-east-1")],
  ["a global profile", global, asksOf("InvokeModel", `global.${SONNET}`, "us-east-1")],
  [
    "tokens of a profile's model",
    delegation({ grants: [grant([`us.${HAIKU}`], { operations: ["CountTokens"] })] }),
    asksOf("CountTokens", `us.${HAIKU}`, "us-east-1"),
  ],
  ["an application profile and its model", arns, [...one(INVOKE, APPLICATION), ...haikuThrough(APPLICATION)]],
  ["a provisioned model", arns, one(INVOKE, PROVISIONED)],
  ["an imported model", arns, one(INVOKE, IMPORTED)],
  [
    "a prompt router and its model",
    arns,
    [
      ...one(INVOKE, ROUTER),
      ...one(INVOKE, model("us-east-1", HAIKU), { "bedrock:PromptRouterArn": ROUTER }),
    ],
  ],
  ["a guardrail", guarded, one("bedrock:ApplyGuardrail", GUARDRAIL)],
  ["guardrail checks", checking, one("bedrock:InvokeGuardrailChecks", "*")],
  [
    "a call under the required guardrail",
    guarded,
    asksOf("Converse", HAIKU, "us-east-1", { "bedrock:GuardrailIdentifier": `${GUARDRAIL}:2` }),
  ],
  [
    "an asynchronous job",
    asynchronous,
    [
      ...one(INVOKE, model("us-east-1", "amazon.nova-reel-v1:0")),
      ...one(INVOKE, arn("us-east-1", "async-invoke/x")),
    ],
  ],
  ["its result", asynchronous, one("bedrock:GetAsyncInvoke", arn("us-east-1", "async-invoke/x"))],
  ["its output", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers/reel/x/output.mp4")],
  [
    "a short-term API key",
    keyed,
    one("bedrock:CallWithBearerToken", "*", { "bedrock:BearerTokenType": "SHORT_TERM" }),
  ],
  ["discovery where granted", discovering, one("bedrock:ListFoundationModels", "*")],
  ["a model's description", discovering, one("bedrock:GetFoundationModel", model("us-east-1", HAIKU))],
  ["everything: a model", everything, asksOf("ConverseStream", HAIKU, "us-east-1")],
  ["everything: a profile", everything, asksOf("ConverseStream", `us.${HAIKU}`, "us-east-1")],
  ["everything: a global profile", everything, asksOf("ConverseStream", `global.${SONNET}`, "us-east-1")],
  ["a profile of GovCloud", gov, asksOf("Converse", `us-gov.${HAIKU}`, "us-gov-west-1")],
  ["a model of the European Sovereign Cloud", sovereign, asksOf("Converse", NOVA, "eusc-de-east-1")],
  ["a custom model's deployment by a pattern", anyDeployment, one(INVOKE, DEPLOYMENT)],
  ["the same in its second region", anyDeployment, one(INVOKE, DEPLOYMENT.replace("us-east-1", "us-west-2"))],
  ["everything: lists", everything, one("bedrock:ListInferenceProfiles", "*")],
];

export const NEAR_MISSES: [string, Delegation, Ask[]][] = [
  ["another model", direct, asksOf("Converse", SONNET, "us-east-1")],
  ["a longer name", direct, asksOf("Converse", `${HAIKU}x`, "us-east-1")],
  ["a shorter name", direct, asksOf("Converse", HAIKU.slice(0, -1), "us-east-1")],
  ["another region", direct, asksOf("Converse", HAIKU, "us-west-2")],
  ["the region of another partition", direct, asksOf("Converse", HAIKU, "us-gov-west-1")],
  ["streaming where only unary was granted", direct, asksOf("ConverseStream", HAIKU, "us-east-1")],
  ["counting where it wasn't granted", direct, asksOf("CountTokens", HAIKU, "us-east-1")],
  ["the profile where only the model was granted", direct, asksOf("Converse", `us.${HAIKU}`, "us-east-1")],
  ["the model directly where only its profile was granted", profiled, asksOf("Converse", HAIKU, "us-east-1")],
  ["the model directly in a destination region", profiled, asksOf("Converse", HAIKU, "us-west-2")],
  [
    "the model through another profile",
    profiled,
    haikuThrough(arn("us-east-1", `inference-profile/eu.${HAIKU}`)),
  ],
  [
    "the model through the profile of another account",
    profiled,
    haikuThrough(arn("us-east-1", `inference-profile/us.${HAIKU}`, "999999999999")),
  ],
  [
    "the model through the profile of another region",
    profiled,
    haikuThrough(arn("us-west-2", `inference-profile/us.${HAIKU}`)),
  ],
  [
    "the model through the profile, in another geography",
    profiled,
    haikuThrough(arn("us-east-1", `inference-profile/us.${HAIKU}`), "eu-west-1"),
  ],
  [
    "another model through the profile",
    profiled,
    one(INVOKE, model("us-west-2", SONNET), {
      "bedrock:InferenceProfileArn": arn("us-east-1", `inference-profile/us.${HAIKU}`),
    }),
  ],
  ["the profile in another region", profiled, asksOf("Converse", `us.${HAIKU}`, "us-west-2")],
  ["another profile of the model", profiled, asksOf("Converse", `eu.${HAIKU}`, "us-east-1")],
  ["streaming through the profile", profiled, asksOf("ConverseStream", `us.${HAIKU}`, "us-east-1")],
  [
    "the profile in another account",
    profiled,
    one(INVOKE, arn("us-east-1", `inference-profile/us.${HAIKU}`, "999999999999")),
  ],
  ["the global profile's model directly", global, asksOf("Converse", SONNET, "us-east-1")],
  ["the global profile's model without a region, directly", global, one(INVOKE, model("", SONNET))],
  [
    "the global profile's model in a region that isn't the source",
    global,
    one(INVOKE, model("us-west-2", SONNET), {
      "bedrock:InferenceProfileArn": arn("us-east-1", `inference-profile/global.${SONNET}`),
    }),
  ],
  [
    "the global model for a region that was specified",
    global,
    one(INVOKE, model("", SONNET), {
      "bedrock:InferenceProfileArn": arn("us-east-1", `inference-profile/global.${SONNET}`),
      "aws:RequestedRegion": "us-east-1",
    }),
  ],
  ["another application profile", arns, one(INVOKE, `${APPLICATION}4`)],
  ["a model behind an application profile, directly", arns, asksOf("Converse", HAIKU, "us-east-1")],
  ["another provisioned model", arns, one(INVOKE, `${PROVISIONED}4`)],
  ["a custom model's deployment", arns, one(INVOKE, arn("us-east-1", "custom-model-deployment/abc123"))],
  [
    "a model through another router",
    arns,
    one(INVOKE, model("us-east-1", HAIKU), { "bedrock:PromptRouterArn": `${ROUTER}4` }),
  ],
  ["a call without the required guardrail", guarded, asksOf("Converse", HAIKU, "us-east-1")],
  [
    "a call under another guardrail",
    guarded,
    asksOf("Converse", HAIKU, "us-east-1", { "bedrock:GuardrailIdentifier": `${GUARDRAIL}x:2` }),
  ],
  [
    "a call under another version of it",
    guarded,
    asksOf("Converse", HAIKU, "us-east-1", { "bedrock:GuardrailIdentifier": `${GUARDRAIL}:1` }),
  ],
  ["another guardrail", guarded, one("bedrock:ApplyGuardrail", arn("us-east-1", "guardrail/gr2"))],
  ["guardrail checks where they weren't granted", guarded, one("bedrock:InvokeGuardrailChecks", "*")],
  ["a guardrail where none was granted", direct, one("bedrock:ApplyGuardrail", GUARDRAIL)],
  ["output elsewhere in the bucket", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers/other/x")],
  ["output beside the prefix", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers/reelx/x")],
  ["output to another bucket", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers2/reel/x")],
  ["reading the output", asynchronous, one("s3:GetObject", "arn:aws:s3:::answers/reel/x")],
  [
    "another account's job",
    asynchronous,
    one("bedrock:GetAsyncInvoke", arn("us-east-1", "async-invoke/x", "999999999999")),
  ],
  [
    "a long-term API key",
    keyed,
    one("bedrock:CallWithBearerToken", "*", { "bedrock:BearerTokenType": "LONG_TERM" }),
  ],
  [
    "an API key where none was granted",
    direct,
    one("bedrock:CallWithBearerToken", "*", { "bedrock:BearerTokenType": "SHORT_TERM" }),
  ],
  ["discovery where it wasn't granted", direct, one("bedrock:ListFoundationModels", "*")],
  ["profiles where only models may be listed", discovering, one("bedrock:ListInferenceProfiles", "*")],
  ["everything, in another region", everything, asksOf("Converse", HAIKU, "eu-west-1")],
  [
    "everything: a custom model's deletion",
    everything,
    one("bedrock:DeleteCustomModel", arn("us-east-1", "custom-model/x")),
  ],
  ["GovCloud's model in the commercial partition", gov, asksOf("Converse", `us-gov.${HAIKU}`, "us-east-1")],
  ["the commercial model in GovCloud", direct, one(INVOKE, model("us-gov-west-1", HAIKU))],
  [
    "a deployment in a region beside those granted",
    anyDeployment,
    one(INVOKE, DEPLOYMENT.replace("us-east-1", "eu-west-1")),
  ],
  [
    "a deployment in another account, where the pattern has any",
    anyDeployment,
    one(INVOKE, DEPLOYMENT.replace(ACCOUNT, "999999999999")),
  ],
  [
    "writing output where no job may be started",
    delegation({ grants: [grant([HAIKU])], role: { ...DEFAULT_ROLE, asyncOutput: "answers/reel" } }),
    one("s3:PutObject", "arn:aws:s3:::answers/reel/x"),
  ],
  ["a job where none may be started", direct, one(INVOKE, arn("us-east-1", "async-invoke/x"))],
  ["IAM", everything, one("iam:ListRoles", "*")],
  ["another role", everything, one("sts:AssumeRole", `arn:aws:iam::${ACCOUNT}:role/admin`)],
  ["S3", everything, one("s3:ListAllMyBuckets", "*")],
  ["the marketplace", everything, one("aws-marketplace:Subscribe", "*")],
];
