/** Delegations for tests, and the IAM decisions that calls need. */
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation, type Grant } from "../core/delegation.ts";
import { foundationModelOf, isProfileId } from "../core/model.ts";
import { OPERATIONS, type Operation } from "../core/operations.ts";
import { partitionOf } from "../core/regions.ts";

export const ACCOUNT = "111122223333";
export const SIGNET = "arn:aws:iam::123456789012:role/signet";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/signet-acme`;
export const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/signet-acme/signet-app`;

export function delegation(change: Partial<Delegation> & { grants: Grant[] }): Delegation {
  return {
    name: "acme",
    state: "active",
    account: ACCOUNT,
    partition: "aws",
    roleArn: ROLE,
    externalId: "sgx-right",
    trust: { ...DEFAULT_TRUST, principal: SIGNET },
    role: DEFAULT_ROLE,
    region: "us-east-1",
    session: { durationSeconds: 3600, tags: {} },
    aliases: [],
    recordContent: false,
    createdAt: 0,
    ...change,
  };
}

export function grant(models: string[], change: Partial<Grant> = {}): Grant {
  return { operations: ["Converse"], models, regions: ["us-east-1"], settings: [], ...change };
}

/** One IAM decision; a call needs several, all of them allowed. */
export interface Ask {
  action: string;
  resource: string;
  context?: Record<string, string>;
}

export const arn = (region: string, rest: string, account = ACCOUNT) =>
  `arn:${partitionOf(region) ?? "aws"}:bedrock:${region}:${account}:${rest}`;
export const model = (region: string, id: string) => arn(region, `foundation-model/${id}`, "");
const DESTINATIONS: Record<string, string[]> = {
  us: ["us-east-1", "us-east-2", "us-west-2"],
  eu: ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"],
  apac: ["ap-northeast-1", "ap-south-1", "ap-southeast-2"],
  "us-gov": ["us-gov-west-1", "us-gov-east-1"],
};

/** The IAM decisions that Bedrock requests for a call, as its user guide lists them. */
export function asksOf(
  operation: Operation,
  id: string,
  region: string,
  extra: Record<string, string> = {},
): Ask[] {
  const { action } = OPERATIONS[operation];
  const requested = { "aws:RequestedRegion": region, ...extra };
  if (operation === "CountTokens") return [{ action, resource: model(region, bare(id)), context: requested }];
  if (!isProfileId(id)) return [{ action, resource: model(region, id), context: requested }];
  const profile = arn(region, `inference-profile/${id}`);
  const through = { ...extra, "bedrock:InferenceProfileArn": profile };
  const geography = id.slice(0, id.indexOf("."));
  const places = geography === "global" ? [region] : [region, ...(DESTINATIONS[geography] ?? [])];
  return [
    { action, resource: profile, context: requested },
    ...places.map((place) => ({
      action,
      resource: model(place, bare(id)),
      context: { ...through, "aws:RequestedRegion": place },
    })),
    ...(geography === "global"
      ? [
          {
            action,
            resource: model("", bare(id)),
            context: { ...through, "aws:RequestedRegion": "unspecified" },
          },
        ]
      : []),
  ];
}

const bare = (id: string) => (isProfileId(id) ? foundationModelOf(id) : id);

export const HAIKU = "anthropic.claude-3-5-haiku-20241022-v1:0";
export const NOVA = "amazon.nova-lite-v1:0";
export const SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0";
