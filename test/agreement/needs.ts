/**
 * The IAM decisions that AWS makes for a call, read from its documentation, independently of Signet and its sandbox.
 * Source: "Prerequisites for inference profiles" (profile; model in source and destinations; global: a model without a
 * region), InvokeModel and Converse in botocore's model (target and project), the service authorization reference.
 */
import { catalogueProfile, GEOGRAPHIES } from "../../src/bedrock/catalogue.ts";
import type { Operation } from "../../src/core/operations.ts";
import type { Ask } from "../../src/iam/fixtures.ts";
import { modelArn, ownArn, partitionOf, type Call } from "./calls.ts";

const ACTIONS: Record<Operation, string> = {
  InvokeModel: "InvokeModel",
  Converse: "InvokeModel",
  StartAsyncInvoke: "InvokeModel",
  InvokeModelWithBidirectionalStream: "InvokeModel",
  InvokeModelWithResponseStream: "InvokeModelWithResponseStream",
  ConverseStream: "InvokeModelWithResponseStream",
  CountTokens: "CountTokens",
  ApplyGuardrail: "ApplyGuardrail",
  InvokeGuardrailChecks: "InvokeGuardrailChecks",
  GetAsyncInvoke: "GetAsyncInvoke",
  ListAsyncInvokes: "ListAsyncInvokes",
  ListFoundationModels: "ListFoundationModels",
  GetFoundationModel: "GetFoundationModel",
  ListInferenceProfiles: "ListInferenceProfiles",
  GetInferenceProfile: "GetInferenceProfile",
};

/** What the account's application profile was copied from: a profile of its own partition, which no call leaves. */
function copiedIn(region: string): string {
  return partitionOf(region) === "aws"
    ? "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    : "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0";
}

/** What the account's router chooses from. */
function routedIn(region: string): string[] {
  return [copiedIn(region), "amazon.nova-lite-v1:0"];
}

/** All must be allowed. `project` is the delegation's. */
export function needsOf(call: Call, project: string): Ask[] {
  const action = `bedrock:${ACTIONS[call.operation]}`;
  const at = (region: string) => ({ "aws:RequestedRegion": region });
  const id = call.subject.slice(call.subject.lastIndexOf("/") + 1);
  const one = (resource: string): Ask[] => [{ action, resource, context: at(call.region) }];
  switch (call.operation) {
    case "InvokeGuardrailChecks":
    case "ListAsyncInvokes":
    case "ListFoundationModels":
    case "ListInferenceProfiles":
      return one("*");
    case "ApplyGuardrail":
      return one(ownArn(call.region, `guardrail/${id}`));
    case "GetAsyncInvoke":
      return one(call.subject);
    case "GetInferenceProfile":
      return one(ownArn(call.region, `inference-profile/${id}`));
    case "GetFoundationModel":
      return one(modelArn(call.region, id));
    case "CountTokens":
      return one(modelArn(call.region, catalogueProfile(id)?.model ?? id));
    case "StartAsyncInvoke":
      return [
        ...one(modelArn(call.region, id)),
        ...one(ownArn(call.region, "async-invoke/new1")),
        {
          action: "s3:PutObject",
          resource: `arn:${partitionOf(call.region)}:s3:::answers/reel/app/new1/output.mp4`,
        },
      ];
    default:
      return [
        ...reached(call.subject, { action, region: call.region, keys: guardrailKeys(call) }),
        ...one(ownArn(call.region, `project/${call.project ?? project}`)),
        ...(call.guardrail === undefined
          ? []
          : [
              {
                action: "bedrock:ApplyGuardrail",
                resource: ownArn(call.region, `guardrail/${call.guardrail}`),
                context: at(call.region),
              },
            ]),
      ];
  }
}

/** Version 2 is named. Nobody says whether the project's decision has the key: it has not, the harder case. */
function guardrailKeys({ guardrail, region }: Call): Record<string, string> {
  return guardrail === undefined
    ? {}
    : { "bedrock:GuardrailIdentifier": ownArn(region, `guardrail/${guardrail}:2`) };
}

interface Reaching {
  action: string;
  region: string;
  keys: Record<string, string>;
}

function reached(subject: string, { action, region, keys }: Reaching): Ask[] {
  const id = subject.slice(subject.lastIndexOf("/") + 1);
  const ask = (resource: string, at: string, more: Record<string, string> = {}): Ask => ({
    action,
    resource,
    context: { ...keys, ...more, "aws:RequestedRegion": at },
  });
  const through = (profile: string, copied: string, source: string): Ask[] => {
    const { geography, routes = {}, model: behind = "" } = catalogueProfile(copied) ?? {};
    const more = { "bedrock:InferenceProfileArn": profile };
    // No routes of GovCloud's profiles are known: wherever the geography's may go.
    const destinations = routes[source] ?? GEOGRAPHIES.get(geography ?? "")?.destinations ?? [];
    const places = new Set([source, ...destinations]);
    return [
      ask(profile, source),
      ...[...places].map((place) => ask(modelArn(place, behind), place, more)),
      ...(geography === "global" ? [ask(modelArn("", behind), "unspecified", more)] : []),
    ];
  };
  if (catalogueProfile(id)) return through(ownArn(region, `inference-profile/${id}`), id, region);
  if (subject.includes(":application-inference-profile/")) return through(subject, copiedIn(region), region);
  if (subject.includes(":prompt-router/")) {
    const routed = { ...keys, "bedrock:PromptRouterArn": subject };
    return [
      ask(subject, region),
      ...routedIn(region).flatMap((each) => reached(each, { action, region, keys: routed })),
    ];
  }
  return [ask(subject.startsWith("arn:") ? subject : modelArn(region, id), region)];
}
