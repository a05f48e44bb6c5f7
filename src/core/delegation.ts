/** The product's nouns, as every other folder sees them. See the vocabulary in ARCHITECTURE.md. */
import type { Limits } from "./limits.ts";
import type { Operation } from "./operations.ts";
import type { Setting } from "./settings.ts";

export type DelegationState = "pending" | "active" | "suspended" | "revoked";

/**
 * What is allowed: a call passes when one grant holds its operation, its model and its region together.
 *
 * `models` are exact names or patterns with `*`: model ids and inference-profile ids (`us.anthropic.claude-*`),
 * whole ARNs (`arn:aws:bedrock:…`), or `guardrail/<id>` for ApplyGuardrail. `settings` are what the caller may set
 * beyond the prompt, e.g. `serviceTier`.
 */
export interface Grant {
  operations: (Operation | "*")[];
  models: string[];
  regions: string[];
  settings: Setting[];
}

export interface SessionSettings {
  /** 900–43,200; at most 3,600 where Signet's own identity is a role (role chaining). */
  durationSeconds: number;
  /** Session tags sent to AssumeRole: at most 50, key ≤ 128, value ≤ 256 characters. */
  tags: Record<string, string>;
  /** Sent as SourceIdentity when set: 2–256 characters. */
  sourceIdentity?: string;
}

/** What the role's trust policy requires besides the External ID. Source: IAM's global condition keys. */
export interface TrustSettings {
  /** ARN of Signet's own user or role, the only one that the role trusts. Unknown until Signet has an identity. */
  principal?: string;
  /**
   * Trusts the principal's account under `aws:PrincipalArn` instead of the principal itself, so that the trust survives
   * the principal being deleted and re-created.
   */
  byPrincipalArn: boolean;
  /** `aws:PrincipalOrgID`: `o-…`. */
  principalOrgId?: string;
  /** `aws:SourceIp`: CIDR blocks. */
  sourceIps: string[];
  /** `aws:SourceVpc`: `vpc-…`. */
  sourceVpcs: string[];
}

export const DEFAULT_TRUST: TrustSettings = { byPrincipalArn: false, sourceIps: [], sourceVpcs: [] };

/** What the role's permissions hold besides the grants. */
export interface RoleSettings {
  /** A guardrail that every inference must name: its id or ARN, `:version` after it for one version. */
  requiredGuardrail?: string;
  /** Where StartAsyncInvoke may write: `bucket` or `bucket/prefix`. */
  asyncOutput?: string;
  /** The project that the calls are in: `proj_…`. Unless set, the account's default one. */
  project?: string;
  /** Whether Bedrock API keys may be made from the role's sessions (`bedrock:CallWithBearerToken`). */
  bedrockApiKeys: boolean;
  /** Whether models may be called through `bedrock-mantle`, which takes no guardrail. */
  bedrockMantle?: boolean;
  /** Whether sessions may be narrowed in steps, by GetScopedCredentials, where one session policy is too small. */
  scopedCredentials?: boolean;
}

export const DEFAULT_ROLE: RoleSettings = { bedrockApiKeys: false };

/**
 * Where a model's calls go: `converse` translates through bedrock-runtime's own operations; the others are AWS's
 * endpoints that speak OpenAI's and Anthropic's protocols themselves, so that the caller's request is passed on, signed
 * but not translated. Mantle serves most models under `/v1`, some under `/openai/v1`: that is `bedrock-mantle-openai`.
 */
export const MODEL_UPSTREAMS = [
  "converse",
  "bedrock-runtime",
  "bedrock-mantle",
  "bedrock-mantle-openai",
] as const;
export type ModelUpstream = (typeof MODEL_UPSTREAMS)[number];

/** A name that callers of a delegation may use for a model, besides the model's own. */
export interface ModelAlias {
  /** 1–128 characters of `[A-Za-z0-9][A-Za-z0-9._:@-]*`; unique in the delegation. */
  name: string;
  /** A model id, profile id or ARN. An alias grants nothing. */
  model: string;
  /** The foundation model behind an ARN that doesn't name it. */
  base?: string;
  /** `converse` unless given. */
  upstream?: ModelUpstream;
}

export interface Delegation {
  /** Unique, chosen by the operator: 2–40 characters of `[a-z0-9-]`. */
  name: string;
  state: DelegationState;
  /** 12-digit AWS account that the calls are made in. */
  account: string;
  /** Partition of the account: `aws`, `aws-us-gov` or `aws-eusc`. */
  partition: string;
  /** Without a role, Signet's base credentials are used themselves. */
  roleArn?: string;
  /** What AssumeRole sends. Made by Signet, 166 random bits, never chosen by anyone. */
  externalId?: string;
  /** Its successor during a rotation, until a probe has verified that the role accepts it. */
  nextExternalId?: string;
  /** Its predecessor after a rotation, until a probe has verified that the role refuses it. */
  previousExternalId?: string;
  trust: TrustSettings;
  role: RoleSettings;
  /** The region that calls go to unless the model's ARN names another granted one. */
  region: string;
  grants: Grant[];
  aliases: ModelAlias[];
  session: SessionSettings;
  /** Whether prompts and completions may be recorded in the audit log. Off unless an operator turned it on. */
  recordContent: boolean;
  /** Of all its clients together. */
  limits?: Limits;
  createdAt: number;
  /** Why it is suspended or revoked, if a reason was given. */
  stateReason?: string;
}

/** A team or application that calls. Its RoleSessionName is `signet-<name>`. */
export interface Client {
  /** Unique: 2–57 characters of `[A-Za-z0-9_=,.@-]`. */
  name: string;
  /** What the client may do under each of its delegations; `null` grants mean all that the delegation allows. */
  delegations: { delegation: string; grants: Grant[] | null }[];
  /** Of all its keys together. */
  limits?: Limits;
  createdAt: number;
  /** Epoch milliseconds. */
  revokedAt?: number;
}

/** What SigV4 callers sign with, in AWS's form. */
export interface AccessKeyPair {
  /** `SGNT` and 16 of A–Z and 2–7; unique. */
  accessKeyId: string;
  /** The SecretAccessKey under the master key: see core/seal.ts. */
  sealedSecret: string;
}

/** Either a bearer secret (`sgk_…`) or an access-key pair; a rotation keeps which. */
export interface Key {
  /** 12 base62 characters; of a bearer secret, its public part. */
  id: string;
  client: string;
  delegation: string;
  /** Narrower than the client's; `null` means the client's own. */
  grants: Grant[] | null;
  /** SHA-256 of the whole secret, of a pair of its SecretAccessKey; lower-case hex. */
  digest: string;
  limits?: Limits;
  accessKeyPair?: AccessKeyPair;
  createdAt: number;
  /** Epoch milliseconds. */
  expiresAt?: number;
  revokedAt?: number;
  /** The key that this one replaces, if it came from a rotation. */
  rotatedFrom?: string;
}
