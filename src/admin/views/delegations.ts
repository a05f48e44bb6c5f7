/** Delegations in the admin API, and the template of the role that an account owner creates. */
import { z } from "zod";
import { policy, time } from "./common.ts";
import { limitsView } from "./limits.ts";
import { probeStatus } from "./verifications.ts";

export const grantView = z.object({
  operations: z.array(z.string()),
  models: z.array(z.string()),
  regions: z.array(z.string()),
  settings: z.array(z.string()),
});

export const delegationState = z.enum(["pending", "active", "suspended", "revoked"]);

export const aliasView = z.object({
  name: z.string(),
  model: z.string(),
  base: z.string().exactOptional(),
  upstream: z.string().exactOptional(),
});

export const delegationView = z.object({
  name: z.string(),
  state: delegationState,
  stateReason: z.string().exactOptional(),
  account: z.string(),
  partition: z.string(),
  roleArn: z.string().exactOptional(),
  externalId: z.string().exactOptional(),
  nextExternalId: z.string().exactOptional(),
  previousExternalId: z.string().exactOptional(),
  trust: z.object({
    principal: z.string().exactOptional(),
    byPrincipalArn: z.boolean(),
    principalOrgId: z.string().exactOptional(),
    sourceIps: z.array(z.string()),
    sourceVpcs: z.array(z.string()),
  }),
  role: z.object({
    requiredGuardrail: z.string().exactOptional(),
    asyncOutput: z.string().exactOptional(),
    project: z.string().exactOptional(),
    bedrockApiKeys: z.boolean(),
    bedrockMantle: z.boolean().exactOptional(),
    scopedCredentials: z.boolean().exactOptional(),
  }),
  region: z.string(),
  grants: z.array(grantView),
  aliases: z.array(aliasView),
  session: z.object({
    durationSeconds: z.number(),
    tags: z.record(z.string(), z.string()),
    sourceIdentity: z.string().exactOptional(),
  }),
  recordContent: z.boolean(),
  limits: limitsView.exactOptional(),
  createdAt: time,
});
export type DelegationView = z.infer<typeof delegationView>;

/** A delegation in a list, with its verification and counts. */
export const delegationRow = delegationView.extend({
  verified: z.object({ verdict: probeStatus, scope: z.string(), finishedAt: time }).nullable(),
  clients: z.number().describe("Clients that are not revoked."),
  keys: z.number().describe("Active keys."),
});
export type DelegationRowView = z.infer<typeof delegationRow>;

export const templateView = z.object({
  delegation: z.string(),
  account: z.string(),
  roleName: z.string(),
  policyName: z.string(),
  maxSessionDuration: z.number(),
  trustPolicy: policy,
  permissions: policy,
  /** The same in the formats of account owners' tools, each a complete file. */
  formats: z.object({
    json: z.string(),
    cloudformation: z.string(),
    terraform: z.string(),
    cli: z.string(),
  }),
  /** Opens CloudFormation's "Quick create stack", if the operator publishes templates in a bucket. */
  quickCreateUrl: z.string().nullable(),
});
export type TemplateView = z.infer<typeof templateView>;

export type GrantView = z.infer<typeof grantView>;
