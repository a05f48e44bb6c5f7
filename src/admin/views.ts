/**
 * What the admin API answers with: the shapes that its OpenAPI document describes and that the console and the command
 * line read. Times are epoch milliseconds; nothing here holds a digest or a sealed secret.
 */
import { z } from "zod";
import { ROLES } from "../core/admin.ts";

const time = z.number().describe("Epoch milliseconds.");
const usd = z.number().describe("US dollars.");
/** A policy document. */
const policy: z.ZodType<object> = z.looseObject({});

export const grantView = z.object({
  operations: z.array(z.string()),
  models: z.array(z.string()),
  regions: z.array(z.string()),
  headers: z.array(z.string()),
});

export const limitsView = z.object({
  requestsPerMinute: z.number().exactOptional(),
  tokensPerMinute: z.number().exactOptional(),
  concurrentCalls: z.number().exactOptional(),
  tokensPerDay: z.number().exactOptional(),
  tokensPerMonth: z.number().exactOptional(),
  costPerDay: usd.exactOptional(),
  costPerMonth: usd.exactOptional(),
  warnAtPercent: z.number().exactOptional(),
});

const probeStatus = z.enum(["pass", "fail", "unknown"]);

export const probeView = z.object({
  probe: z.string(),
  title: z.string(),
  status: probeStatus,
  required: z.boolean(),
  sent: z.string().nullable(),
  answer: z.string(),
  cause: z.string().exactOptional(),
  mend: z
    .object({
      advice: z.string(),
      where: z.string(),
      policy: policy.exactOptional(),
      commands: z.array(z.string()),
    })
    .exactOptional(),
  milliseconds: z.number(),
});
export type ProbeView = z.infer<typeof probeView>;

export const verificationView = z.object({
  delegation: z.string(),
  scope: z.enum(["full", "enforcement"]),
  startedAt: time,
  finishedAt: time,
  verdict: probeStatus,
  unenforced: z.boolean(),
  probes: z.array(probeView),
});
export type VerificationView = z.infer<typeof verificationView>;

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
    bedrockApiKeys: z.boolean(),
    bedrockMantle: z.boolean().exactOptional(),
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

/** A delegation in a list, with what one wants to know of it at a glance. */
export const delegationRow = delegationView.extend({
  verified: z.object({ verdict: probeStatus, scope: z.string(), finishedAt: time }).nullable(),
  clients: z.number().describe("Clients that are not revoked."),
  keys: z.number().describe("Keys that work."),
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
  /** The same for the tools that account owners use, each a whole file. */
  formats: z.object({
    json: z.string(),
    cloudformation: z.string(),
    terraform: z.string(),
    cli: z.string(),
  }),
  /** Opens CloudFormation's "Quick create stack", where the operator publishes templates in a bucket. */
  quickCreateUrl: z.string().nullable(),
});
export type TemplateView = z.infer<typeof templateView>;

export const clientView = z.object({
  name: z.string(),
  delegations: z.array(z.object({ delegation: z.string(), grants: z.array(grantView).nullable() })),
  limits: limitsView.exactOptional(),
  createdAt: time,
  revokedAt: time.exactOptional(),
});
export type ClientView = z.infer<typeof clientView>;

export const clientRow = clientView.extend({ keys: z.number().describe("Keys that work.") });
export type ClientRowView = z.infer<typeof clientRow>;

export const keyView = z.object({
  id: z.string(),
  kind: z.enum(["secret", "access-key-pair"]),
  /** Of an access-key pair. */
  accessKeyId: z.string().exactOptional(),
  state: z.enum(["active", "expired", "revoked"]),
  client: z.string(),
  delegation: z.string(),
  grants: z.array(grantView).nullable(),
  limits: limitsView.exactOptional(),
  createdAt: time,
  expiresAt: time.exactOptional(),
  revokedAt: time.exactOptional(),
  rotatedFrom: z.string().exactOptional(),
});
export type KeyView = z.infer<typeof keyView>;

/** Shown once: Signet does not keep them. */
export const issuedKeyView = z.object({
  key: keyView,
  /** Of a key that is a bearer secret. */
  secret: z.string().exactOptional(),
  /** Of an access-key pair. */
  accessKeyId: z.string().exactOptional(),
  secretAccessKey: z.string().exactOptional(),
});
export type IssuedKeyView = z.infer<typeof issuedKeyView>;

export const limitState = z.object({
  /** `requests-per-minute`, `tokens-per-month` … */
  limit: z.string(),
  max: z.number(),
  used: z.number(),
  reserved: z.number(),
  /** When nothing of it is used any more; null for calls at once, and where nothing is. */
  resetsAt: time.nullable(),
});

export const limitReport = z.object({
  scope: z.enum(["delegation", "client", "key"]),
  name: z.string(),
  limits: limitsView,
  state: z.array(limitState),
});
export type LimitReportView = z.infer<typeof limitReport>;

const percentiles = z.object({
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});

export const totalsView = z.object({
  calls: z.number(),
  failed: z.number(),
  refused: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadInputTokens: z.number(),
  cacheWriteInputTokens: z.number(),
  costUsd: usd,
  unpricedCalls: z.number(),
  firstByteMs: percentiles,
  totalMs: percentiles,
});
export type TotalsView = z.infer<typeof totalsView>;

export const pointView = totalsView.extend({ at: time });
export const usageRow = totalsView.extend({ name: z.string().nullable() });
const period = { since: time, until: time };

export const usageView = z.object({
  ...period,
  by: z.enum(["client", "delegation", "model", "key"]),
  totals: totalsView,
  rows: z.array(usageRow),
  intervalMs: z.number(),
  series: z.array(pointView),
});
export type UsageView = z.infer<typeof usageView>;

export const callView = z.object({
  call: z.string(),
  time: z.string(),
  client: z.string(),
  key: z.string(),
  delegation: z.string(),
  protocol: z.string(),
  operation: z.string().nullable(),
  model: z.string().nullable(),
  modelArn: z.string().nullable(),
  region: z.string().nullable(),
  account: z.string().nullable(),
  sessionName: z.string().nullable(),
  remote: z.string(),
  requestBytes: z.number().nullable(),
  outcome: z.string(),
  status: z.number().nullable(),
  error: z.string().nullable(),
  upstreamStatus: z.number().nullable(),
  upstreamRequestId: z.string().nullable(),
  upstreamErrorType: z.string().nullable(),
  usage: z
    .object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheReadInputTokens: z.number(),
      cacheWriteInputTokens: z.number(),
      source: z.enum(["reported", "estimated", "none"]),
    })
    .nullable(),
  costUsd: usd.nullable(),
  prices: z.string().nullable(),
  reserved: z.object({ tokens: z.number(), costUsd: usd.nullable() }).nullable(),
  firstByteMs: z.number().nullable(),
  totalMs: z.number().nullable(),
  responseBytes: z.number().nullable(),
  attempts: z.number().nullable(),
  chain: z.string(),
  records: z.array(z.number()),
});
export type CallView = z.infer<typeof callView>;

export const sessionView = z.object({
  delegation: z.string(),
  client: z.string(),
  /** Null for base credentials that don't end. */
  expiresAt: time.nullable(),
});

export const eventView = z.object({
  id: z.string(),
  at: time,
  type: z.string(),
  subject: z.string(),
  message: z.string(),
});
export type EventView = z.infer<typeof eventView>;

export const overviewView = z.object({
  ...period,
  totals: totalsView,
  before: totalsView,
  intervalMs: z.number(),
  series: z.array(pointView),
  clients: z.array(usageRow),
  models: z.array(usageRow),
  delegations: z.array(usageRow),
  outcomes: z.array(z.object({ outcome: z.string(), calls: z.number() })),
  errors: z.array(z.object({ error: z.string(), calls: z.number() })),
  /** AWS sessions in memory, those that end first before others. */
  sessions: z.array(sessionView),
  running: z.number().describe("Calls under way."),
  states: z.object({
    pending: z.number(),
    active: z.number(),
    suspended: z.number(),
    revoked: z.number(),
  }),
  /** Milliseconds by which the index may be behind the audit log; null while the log is first read. */
  behindMs: z.number().nullable(),
});
export type OverviewView = z.infer<typeof overviewView>;

export const changeView = z.object({
  id: z.string(),
  at: z.string().describe("ISO 8601."),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()),
  reason: z.string().exactOptional(),
  records: z.array(z.number()),
});
export type ChangeView = z.infer<typeof changeView>;

export const auditStateView = z.object({
  available: z.boolean().describe("Whether calls can be recorded."),
  records: z.number().describe("Written since the start."),
  open: z.number().describe("Calls with an intent and no outcome yet."),
  chains: z.array(
    z.object({
      name: z.string(),
      segments: z.number(),
      /** Number of the last record that a signed checkpoint covers, and when it was signed. */
      signed: z.object({ record: z.number(), time: z.string(), keyId: z.string() }).nullable(),
    }),
  ),
});
export type AuditStateView = z.infer<typeof auditStateView>;

export const verdictView = z.object({
  ok: z.boolean(),
  chains: z.array(
    z.object({
      name: z.string(),
      records: z.number(),
      segments: z.number(),
      checkpoints: z.number(),
      last: z.number(),
      signed: z.number(),
    }),
  ),
  problems: z.array(
    z.object({
      kind: z.string(),
      file: z.string(),
      line: z.number(),
      seq: z.number(),
      message: z.string(),
    }),
  ),
});
export type VerdictView = z.infer<typeof verdictView>;

const recordView: z.ZodType<{ seq: number; type: string; time: string; hash: string }> = z.looseObject({
  seq: z.number(),
  type: z.string(),
  time: z.string(),
  hash: z.string(),
});

/** One call's whole story: what is known of it, and its records as they stand in the log. */
export const storyView = z.object({ call: callView, records: z.array(recordView) });
export type StoryView = z.infer<typeof storyView>;

export const adminTokenView = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  state: z.enum(["active", "expired", "revoked"]),
  createdAt: time,
  expiresAt: time,
  revokedAt: time.exactOptional(),
});
export type AdminTokenView = z.infer<typeof adminTokenView>;

/** What became of a configuration in Flashback that held a key. */
export const followedView = z.object({
  name: z.string(),
  aiLlmId: z.string(),
  result: z.enum(["updated", "removed", "forgotten", "failed"]),
  message: z.string().exactOptional(),
});
export type FollowedView = z.infer<typeof followedView>;
export const followed = { flashback: z.array(followedView) };

export const issuedTokenView = z.object({ token: adminTokenView, secret: z.string() });

export const whoView = z.object({
  /** `token:ci`, `oidc:alice@example.com`. */
  actor: z.string(),
  role: z.enum(ROLES),
  expiresAt: time,
  /** To be sent as `x-signet-csrf` with every change; null where a bearer token is used. */
  csrf: z.string().nullable(),
});
export type WhoView = z.infer<typeof whoView>;

export const priceView = z.object({
  /** `*` stands for any text, in regions as well. */
  model: z.string(),
  regions: z.array(z.string()),
  tier: z.string(),
  /** US dollars for a million tokens; null where it isn't known. */
  input: z.number().nullable(),
  output: z.number().nullable(),
  cacheRead: z.number().nullable(),
  cacheWrite: z.number().nullable(),
  /** `built in`, or the name of the operator's file. */
  source: z.string(),
});
export type PriceView = z.infer<typeof priceView>;

export const settingsView = z.object({
  version: z.string(),
  /** What callers put in as their endpoint. */
  publicUrl: z.string(),
  /** Signet's own ARN, as trust policies name it; null where it isn't known. */
  principal: z.string().nullable(),
  region: z.string().nullable(),
  prices: z.string().describe("Version of the price table."),
  features: z.array(z.object({ name: z.string(), on: z.boolean(), detail: z.string() })),
  /** The effective configuration, setting by setting; no secrets. */
  settings: z.array(z.object({ path: z.string(), value: z.string().nullable(), origin: z.string() })),
});
export type SettingsView = z.infer<typeof settingsView>;

export const modelView = z.object({
  id: z.string().describe("Foundation model."),
  name: z.string(),
  vendor: z.string(),
  /** What a grant names in the region, e.g. `us.anthropic.claude-haiku-4-5*`. */
  pattern: z.string(),
});
export type ModelView = z.infer<typeof modelView>;

export type GrantView = z.infer<typeof grantView>;

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** Pass it as `cursor` to get the next page; null on the last one. */
    next: z.string().nullable(),
  });
