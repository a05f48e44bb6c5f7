/** Delegations for tests, from the simplest to one with every part of a policy. */
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation, type Grant } from "../../core/delegation.ts";

const CALLS: Grant["operations"] = [
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "Converse",
  "ConverseStream",
  "CountTokens",
];

export const PLAIN: Delegation = {
  name: "acme",
  state: "pending",
  account: "111122223333",
  partition: "aws",
  roleArn: "arn:aws:iam::111122223333:role/signet-acme",
  externalId: "sgx-0123456789abcdefghijABCDEFGH",
  trust: { ...DEFAULT_TRUST, principal: "arn:aws:iam::123456789012:role/signet" },
  role: DEFAULT_ROLE,
  region: "us-east-1",
  grants: [{ operations: CALLS, models: ["us.anthropic.claude-*"], regions: ["us-east-1"], settings: [] }],
  session: { durationSeconds: 3600, tags: {} },
  aliases: [],
  recordContent: false,
  createdAt: 0,
};

const TAGGED: Delegation = {
  ...PLAIN,
  session: {
    durationSeconds: 7200,
    tags: { "cost center": "Büro 7", team: "a=b" },
    sourceIdentity: "team-a",
  },
};

const ROTATING: Delegation = { ...PLAIN, nextExternalId: "sgx-ABCDEFGHabcdefghij0123456789" };

const GOV: Delegation = {
  ...PLAIN,
  partition: "aws-us-gov",
  roleArn: "arn:aws-us-gov:iam::111122223333:role/partners/signet-acme",
  trust: {
    principal: "arn:aws-us-gov:iam::123456789012:user/signet",
    byPrincipalArn: true,
    principalOrgId: "o-a1b2c3d4e5",
    sourceIps: ["203.0.113.0/24", "2001:db8::/32"],
    sourceVpcs: ["vpc-0a1b2c3d"],
  },
  region: "us-gov-west-1",
  grants: [
    {
      operations: ["Converse"],
      models: ["us-gov.anthropic.claude-*", "amazon.titan-embed-text-v2:0"],
      regions: ["us-gov-west-1"],
      settings: [],
    },
  ],
};

/** Everything granted, and every part besides the grants. */
const FULL: Delegation = {
  ...PLAIN,
  role: { requiredGuardrail: "gr4ilabc:3", asyncOutput: "answers/acme", bedrockApiKeys: true },
  grants: [
    {
      operations: ["*"],
      models: ["*", "guardrail/abc"],
      regions: ["us-east-1", "eu-west-1"],
      settings: ["guardrailConfig"],
    },
  ],
};

const GLOBAL: Delegation = {
  ...PLAIN,
  grants: [
    {
      operations: CALLS,
      models: [
        "global.anthropic.claude-*",
        "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123",
        "arn:aws:bedrock:us-east-1:111122223333:prompt-router/r1",
        "amazon.nova-lite-v1:0",
      ],
      regions: ["us-east-1"],
      settings: [],
    },
  ],
};

/** The strangest names that the forms allow. */
export const HOSTILE: Delegation = {
  ...PLAIN,
  roleArn: "arn:aws:iam::111122223333:role/a$${b}'\"\\%{if}`id`#: &*!|>/~$(id)/-x@=,.+",
  externalId: "on",
  nextExternalId: "0x1F:1e5",
  trust: { ...DEFAULT_TRUST, principal: "arn:aws:iam::123456789012:user/a/=,.@-" },
  session: {
    durationSeconds: 900,
    tags: { null: "yes", "a:b ": "  - : @+=/", "𝒳\u2028é": "", true: "sgx-0123456789abcdefghijABCDEFGH" },
    sourceIdentity: "--help",
  },
};

/** Each has golden files. */
export const GOLDEN = { plain: PLAIN, tags: TAGGED, rotation: ROTATING, gov: GOV };

export const SCENARIOS = { ...GOLDEN, full: FULL, global: GLOBAL, hostile: HOSTILE };
