/**
 * Delegations whose templates are given to the tools that read them: each part of a delegation, alone and with others,
 * with ordinary values and with the oddest that its form allows.
 */
import type {
  Delegation,
  Grant,
  RoleSettings,
  SessionSettings,
  TrustSettings,
} from "../../src/core/delegation.ts";
import { PROFILES } from "../../src/bedrock/catalogue.ts";
import { PLAIN, SCENARIOS } from "../../src/iam/render/fixtures.ts";

const [GRANT = { operations: [], models: [], regions: [], settings: [] } satisfies Grant] = PLAIN.grants;

interface Change {
  trust?: Partial<TrustSettings>;
  role?: Partial<RoleSettings>;
  session?: Partial<SessionSettings>;
  grants?: Partial<Grant>[];
}

function changed({ trust, role, session, grants }: Change, delegation: Delegation = PLAIN): Delegation {
  return {
    ...delegation,
    trust: { ...delegation.trust, ...trust },
    role: { ...delegation.role, ...role },
    session: { ...delegation.session, ...session },
    grants: grants?.map((grant) => ({ ...GRANT, ...grant })) ?? delegation.grants,
  };
}

const inPartition = (partition: string, region: string, model: string): Delegation => ({
  ...changed({ grants: [{ models: [model], regions: [region] }] }),
  partition,
  region,
  roleArn: `arn:${partition}:iam::111122223333:role/signet-acme`,
  trust: { ...PLAIN.trust, principal: `arn:${partition}:iam::123456789012:role/signet` },
});

const withRole = (pathAndName: string): Delegation => ({
  ...PLAIN,
  roleArn: `arn:aws:iam::111122223333:role/${pathAndName}`,
});

const withTags = (tags: Record<string, string>) => changed({ session: { tags } });

/** Every character of a form, so that each is met once. */
const PRINTABLE = String.fromCharCode(...Array.from({ length: 0x7e - 0x20 }, (_, index) => 0x21 + index));
const NAME_CHARACTERS = "ABCXYZabcxyz0189_+=,.@-";
const TAG_CHARACTERS = "aZ 09_.:/=+-@äßñ漢字\u00a0";

const PARTITIONS: Record<string, Delegation> = {
  "the partition aws": inPartition("aws", "eu-central-1", "eu.anthropic.claude-*"),
  "the partition aws-us-gov": inPartition("aws-us-gov", "us-gov-east-1", "us-gov.anthropic.claude-*"),
  "the partition aws-eusc": inPartition("aws-eusc", "eusc-de-east-1", "amazon.nova-lite-v1:0"),
  "GovCloud by principal ARN": changed(
    { trust: { byPrincipalArn: true } },
    inPartition("aws-us-gov", "us-gov-west-1", "amazon.titan-embed-text-v2:0"),
  ),
};

const ROLES: Record<string, Delegation> = {
  "a path": withRole("partners/signet-acme"),
  "a deep path": withRole("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Bedrock_0123456789abcdef"),
  "the longest path": withRole(`${"a-very-long-segment/".repeat(25)}signet`),
  "a path of every character": withRole(`${PRINTABLE.replaceAll("/", "")}/signet`),
  "a path of shell": withRole("$(id)/`id`/${HOME}/'\"'/signet"),
  "a path of Terraform": withRole("${var.x}/%{if true}/$${y}/%%{z}/signet"),
  "a path of YAML": withRole("- a: b/{c}/[d]/&e/*f/!g/|h/>i/%j/signet".replaceAll(" ", "")),
  "the longest name": withRole("n".repeat(64)),
  "the shortest name": withRole("n"),
  "a name of every character": withRole(NAME_CHARACTERS),
  "a name like an option": withRole("--role-name=x"),
  "a name like a number": withRole("0123456789"),
  "a name like a boolean": withRole("yes"),
  "a name like null": withRole("null"),
};

const TRUST: Record<string, Delegation> = {
  "a principal by its ARN": changed({ trust: { byPrincipalArn: true } }),
  "a principal that is a user": changed({ trust: { principal: "arn:aws:iam::123456789012:user/signet" } }),
  "a principal with a path": changed({ trust: { principal: "arn:aws:iam::123456789012:role/a/b/c/signet" } }),
  "a principal of odd characters": changed({
    trust: { principal: `arn:aws:iam::123456789012:user/x/${NAME_CHARACTERS}`, byPrincipalArn: true },
  }),
  "an organization": changed({ trust: { principalOrgId: "o-a1b2c3d4e5" } }),
  "a source network": changed({ trust: { sourceIps: ["203.0.113.0/24"] } }),
  "several source networks": changed({
    trust: { sourceIps: ["203.0.113.7/32", "198.51.100.0/22", "2001:db8::/32", "2001:db8:ffff:ffff::/64"] },
  }),
  "a VPC": changed({ trust: { sourceVpcs: ["vpc-0a1b2c3d"] } }),
  "VPCs or networks": changed({
    trust: { sourceVpcs: ["vpc-0a1b2c3d", "vpc-0123456789abcdef0"], sourceIps: ["192.0.2.0/24"] },
  }),
  "every condition": changed({
    trust: {
      byPrincipalArn: true,
      principalOrgId: "o-a1b2c3d4e5",
      sourceIps: ["203.0.113.0/24", "2001:db8::/32"],
      sourceVpcs: ["vpc-0a1b2c3d"],
    },
  }),
  "a rotation": { ...PLAIN, nextExternalId: "sgx-ABCDEFGHabcdefghij0123456789" },
  "an External ID of every character": { ...PLAIN, externalId: "aZ09_+=,.@:/-" },
  "the shortest External ID": { ...PLAIN, externalId: "on" },
  "a long External ID": { ...PLAIN, externalId: "x".repeat(1000) },
  "External IDs like numbers": { ...PLAIN, externalId: "0x1F", nextExternalId: "1e5" },
  "External IDs like options": { ...PLAIN, externalId: "--help", nextExternalId: "-1" },
};

const SESSIONS: Record<string, Delegation> = {
  "a tag": withTags({ team: "search" }),
  "tags of every character": withTags({ [TAG_CHARACTERS]: TAG_CHARACTERS }),
  "tags without values": withTags({ a: "", b: "" }),
  "tags that look like other things": withTags({ true: "false", null: "~", "1": "0x1", "- a": ": b" }),
  "tags with the letters of templates": withTags({ "a=b": "@x", "+c": "/d", ":e": "-f" }),
  "tags beyond the basic plane": withTags({ 𝒳: "🜁" }),
  "eight tags": withTags(
    Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`key-${at}`, `value ${at}`])),
  ),
  "a source identity": changed({ session: { sourceIdentity: "team-a" } }),
  "a long source identity": changed({ session: { sourceIdentity: "s".repeat(64) } }),
  "a source identity like an option": changed({ session: { sourceIdentity: "--x=,.@+_" } }),
  "the shortest session": changed({ session: { durationSeconds: 900 } }),
  "the longest session": changed({ session: { durationSeconds: 43_200 } }),
  "tags, a source identity and a rotation": {
    ...changed({ session: { tags: { team: "a" }, sourceIdentity: "team-a", durationSeconds: 7200 } }),
    nextExternalId: "sgx-ABCDEFGHabcdefghij0123456789",
  },
};

const SETTINGS: Record<string, Delegation> = {
  "a guardrail": changed({ role: { requiredGuardrail: "gr4ilabc" } }),
  "a guardrail's version": changed({ role: { requiredGuardrail: "gr4ilabc:3" } }),
  "a guardrail by its ARN": changed({
    role: { requiredGuardrail: "arn:aws:bedrock:us-east-1:111122223333:guardrail/gr4ilabc:DRAFT" },
  }),
  "asynchronous output": changed({
    role: { asyncOutput: "answers/acme" },
    grants: [{ operations: ["StartAsyncInvoke", "GetAsyncInvoke"], models: ["amazon.nova-reel-v1:0"] }],
  }),
  "a bucket of dots": changed({ role: { asyncOutput: "a.b-c.d/e_f-g.h" }, grants: [{ operations: ["*"] }] }),
  "a project": changed({ role: { project: "proj_abcdefghij0123456789" } }),
  "Bedrock API keys": changed({ role: { bedrockApiKeys: true } }),
  mantle: changed({ role: { bedrockMantle: true } }),
  "forty profiles, and sessions narrowed in several steps": changed({
    role: { scopedCredentials: true },
    grants: [
      {
        models: PROFILES.filter(({ geography }) => geography === "us")
          .map(({ id }) => id)
          .slice(0, 40),
      },
    ],
  }),
  "mantle, API keys and a guardrail": changed({
    role: { bedrockMantle: true, bedrockApiKeys: true, requiredGuardrail: "gr4ilabc:1" },
  }),
};

const GRANTS: Record<string, Delegation> = {
  "one model": changed({ grants: [{ models: ["amazon.nova-lite-v1:0"] }] }),
  "all models": changed({ grants: [{ models: ["*"] }] }),
  "all of a geography": changed({ grants: [{ models: ["us.*"] }] }),
  "all of a vendor": changed({ grants: [{ models: ["*.anthropic.*"] }] }),
  "global profiles": changed({ grants: [{ models: ["global.anthropic.claude-*"] }] }),
  "profiles of three geographies": changed({
    grants: [
      { models: ["us.anthropic.claude-*"], regions: ["us-east-1", "us-west-2"] },
      { models: ["eu.anthropic.claude-*"], regions: ["eu-central-1"] },
      { models: ["jp.anthropic.claude-*"], regions: ["ap-northeast-1"] },
    ],
  }),
  "many exact models": changed({
    grants: [
      {
        models: [
          "us.anthropic.claude-opus-5-5",
          "us.anthropic.claude-sonnet-5-5",
          "us.anthropic.claude-haiku-5-5",
          "us.amazon.nova-lite-v1:0",
          "us.amazon.nova-pro-v1:0",
          "amazon.titan-embed-text-v2:0",
          "openai.gpt-oss-120b-1:0",
        ],
      },
    ],
  }),
  "many grants": changed({
    grants: ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1"].map((region, at) => ({
      models: [["amazon.nova-micro-v1:0", "amazon.nova-lite-v1:0"][at % 2] ?? ""],
      regions: [region],
      operations: [(["Converse", "InvokeModel", "CountTokens"] as const)[at % 3] ?? "Converse"],
    })),
  }),
  "models by ARN": changed({
    grants: [
      {
        models: [
          "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123",
          "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcdefghijkl",
          "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0/abcdefghijkl",
          "arn:aws:bedrock:us-east-1:111122223333:imported-model/abcdefghijkl",
          "arn:aws:bedrock:us-east-1:111122223333:prompt-router/r1",
        ],
      },
    ],
  }),
  "a guardrail to apply": changed({
    grants: [{ operations: ["ApplyGuardrail"], models: ["guardrail/gr4ilabc"] }],
  }),
  "lists and lookups": changed({
    grants: [
      { operations: ["ListFoundationModels", "GetFoundationModel", "ListInferenceProfiles"], models: ["*"] },
    ],
  }),
  "every operation": changed({ grants: [{ operations: ["*"], models: ["*", "guardrail/*"] }] }),
};

/** By what is particular about each. Their roles have names of their own, so that one account can hold them all. */
export const DELEGATIONS: Readonly<Record<string, Delegation>> = distinct({
  ...Object.fromEntries(
    Object.entries(SCENARIOS).map(([name, scenario]) => [`the scenario ${name}`, scenario]),
  ),
  ...PARTITIONS,
  ...ROLES,
  ...TRUST,
  ...SESSIONS,
  ...SETTINGS,
  ...GRANTS,
});

function distinct(delegations: Record<string, Delegation>): Record<string, Delegation> {
  const taken = new Set<string>();
  return Object.fromEntries(
    Object.entries(delegations).map(([name, delegation], at) => {
      const { roleArn = "" } = delegation;
      const roleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
      const isTaken = taken.has(roleName);
      taken.add(roleName);
      return [name, isTaken ? { ...delegation, roleArn: `${roleArn}-${at}` } : delegation];
    }),
  );
}
