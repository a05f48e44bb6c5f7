/** A role delegated to Signet in the sandbox, as probes see it: verified, broken, and fixed as the probes advise. */
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { systemClock } from "../../src/core/clock.ts";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation, type Grant } from "../../src/core/delegation.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Fix, ProbeResult, Verification } from "../../src/core/verification.ts";
import { awsCredentialSource } from "../../src/credentials/sts.ts";
import { delegationTemplate } from "../../src/iam/template.ts";
import { probeParts } from "../../src/probes/parts.ts";
import { verifyDelegation, type ProbeParts, type VerifyOptions } from "../../src/probes/verify.ts";

export const OWNER = "111122223333";
export const ROLE_ARN = `arn:aws:iam::${OWNER}:role/signet-acme`;
export const EXTERNAL_ID = "sgx-Vb4mT0qZx7Lk2NcR9dYwH3sGp1Ju";
export const HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0";

/** Credentials as issued by the sandbox. */
export interface BaseKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface DelegatedRole {
  sandbox: Sandbox;
  /** Signet's own user. */
  userArn: string;
  keys: BaseKeys;
  delegation: Delegation;
  parts: ProbeParts;
  verify(options?: Partial<VerifyOptions>): Promise<Verification>;
  /** Signet's own identity from now on. */
  runAs(keys: BaseKeys): void;
  /** The owner's part, by the delegation's template. */
  makeRole(): void;
  /** Changes the delegation before or after its role is made. */
  change(change: Partial<Delegation>): void;
  trust(...statements: object[]): void;
  /** An inline policy of the role. */
  put(policyName: string, ...statements: object[]): void;
  /** Applies a fix's `where` and `policy`; false if they aren't about IAM. */
  apply(fix: Fix): boolean;
  close(): Promise<void>;
}

export const CLAUDE: Grant = {
  operations: ["InvokeModel", "Converse", "ConverseStream", "CountTokens"],
  models: ["us.anthropic.claude-3-5-haiku-*"],
  regions: ["us-east-1"],
  settings: [],
};

export const policy = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });

export async function delegateRole(change: Partial<Delegation> = {}): Promise<DelegatedRole> {
  const sandbox = await startSandbox();
  const { userArn, accessKeyId, secretAccessKey } = seedDefaults(sandbox);
  const inline = new Set<string>();
  const delegated: DelegatedRole = {
    sandbox,
    userArn,
    keys: { accessKeyId, secretAccessKey },
    delegation: { ...newDelegation(userArn), ...change },
    parts: partsFor(sandbox, { accessKeyId, secretAccessKey }),
    verify: (options = {}) =>
      verifyDelegation(delegated.parts, delegated.delegation, { scope: "full", deep: false, ...options }),
    runAs(keys) {
      delegated.keys = keys;
      delegated.parts = partsFor(sandbox, keys);
    },
    makeRole() {
      const { account, roleName, trustPolicy, policyName, permissions } = delegationTemplate(
        delegated.delegation,
      );
      inline.add(policyName);
      sandbox.iam.createRole({
        account,
        roleName,
        trustPolicy,
        inlinePolicies: { [policyName]: permissions },
      });
    },
    change: (changed) => void (delegated.delegation = { ...delegated.delegation, ...changed }),
    trust: (...statements) =>
      sandbox.iam.updateTrust({ roleArn: ROLE_ARN, trustPolicy: policy(...statements) }),
    put(policyName, ...statements) {
      inline.add(policyName);
      sandbox.iam.putPolicy({ arn: ROLE_ARN, policyName, policy: policy(...statements) });
    },
    apply: (fix) => applyTo(sandbox, { userArn, inline }, fix),
    close: () => sandbox.close(),
  };
  return delegated;
}

function newDelegation(principal: string): Delegation {
  return {
    name: "acme",
    state: "pending",
    account: OWNER,
    partition: "aws",
    roleArn: ROLE_ARN,
    externalId: EXTERNAL_ID,
    trust: { ...DEFAULT_TRUST, principal },
    role: DEFAULT_ROLE,
    region: "us-east-1",
    grants: [CLAUDE],
    session: { durationSeconds: 3600, tags: {} },
    aliases: [],
    recordContent: false,
    createdAt: 0,
  };
}

function partsFor(sandbox: Sandbox, keys: BaseKeys): ProbeParts {
  const { url } = sandbox;
  const base = {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: new Secret(keys.secretAccessKey),
    ...(keys.sessionToken === undefined ? {} : { sessionToken: new Secret(keys.sessionToken) }),
  };
  return probeParts({
    source: awsCredentialSource({ fips: false, dualstack: false, endpoint: url, base }),
    clock: systemClock,
    aws: {
      fips: false,
      dualstack: false,
      endpoints: { sts: url, bedrockRuntime: url, bedrock: url, others: url },
    },
  });
}

function applyTo(
  { iam }: Sandbox,
  { userArn, inline }: { userArn: string; inline: Set<string> },
  { where, policy: document, commands }: Fix,
): boolean {
  switch (where) {
    case "trust_policy": {
      if (document === undefined) return false;
      try {
        iam.updateTrust({ roleArn: ROLE_ARN, trustPolicy: document });
      } catch {
        iam.createRole({ account: OWNER, roleName: "signet-acme", trustPolicy: document });
      }
      return true;
    }
    case "role_policy":
      if (document === undefined) return false;
      for (const policyName of inline) iam.deletePolicy({ arn: ROLE_ARN, policyName });
      iam.putPolicy({ arn: ROLE_ARN, policyName: "fixed", policy: document });
      inline.add("fixed");
      return true;
    case "signet_policy":
      if (document === undefined) return false;
      iam.putPolicy({ arn: userArn, policyName: "fixed", policy: document });
      return true;
    case "role": {
      const [, seconds] = /--max-session-duration (\d+)/.exec(commands.join("\n")) ?? [];
      if (seconds === undefined) return false;
      iam.updateRole({ roleArn: ROLE_ARN, maxSessionDuration: Number(seconds) });
      return true;
    }
    case "account":
    case "signet":
      return false;
    default: {
      const _: never = where;
      return _;
    }
  }
}

export function named({ probes }: Verification, name: string): ProbeResult | undefined {
  return probes.find(({ probe }) => probe === name);
}

export function open({ probes }: Verification): string[] {
  return probes
    .filter(({ status }) => status !== "pass")
    .map(({ probe, status, answer }) => `${status} ${probe}: ${answer}`);
}
