/** What account owners do: sets up users, roles, keys and policies directly, without a signed call. */
import type { World } from "../world.ts";
import type {
  IssuedKey,
  IssuedSession,
  PolicyDocument,
  RoleDescription,
  RoleInput,
  UserInput,
} from "./identity.ts";
import { AwsError } from "../errors.ts";

export interface SandboxIam {
  createUser(input: UserInput): { arn: string; userId: string };
  createRole(input: RoleInput): { arn: string; roleId: string };
  /** A long-term key of a user: a new one, or the given pair. */
  createAccessKey(input: { userArn: string } & Partial<IssuedKey>): IssuedKey;
  deleteAccessKey(input: { accessKeyId: string }): void;
  /** A managed policy that AssumeRole's PolicyArns may name. */
  createManagedPolicy(input: { policyArn: string; policy: PolicyDocument }): void;
  /** Credentials of a role without AssumeRole, as an instance profile gives them; 3,600 seconds by default. */
  createSession(input: { roleArn: string; roleSessionName: string; durationSeconds?: number }): IssuedSession;
  updateTrust(input: { roleArn: string; trustPolicy: PolicyDocument }): void;
  /** Adds or replaces an inline policy of a role or user. */
  putPolicy(input: { arn: string; policyName: string; policy: PolicyDocument }): void;
  deletePolicy(input: { arn: string; policyName: string }): void;
  deleteRole(input: { roleArn: string }): void;
  updateRole(input: { roleArn: string; maxSessionDuration: number }): void;
  /** The role with its policies as written. */
  getRole(input: { roleArn: string }): RoleDescription;
  /** The most that the organization allows the account's principals; null removes it. */
  setServiceControlPolicies(input: { account: string; policies: PolicyDocument[] | null }): void;
  /** Models that the account has no access to, regardless of its policies; patterns with `*`. */
  setModelAccess(input: { account: string; denied: string[] }): void;
  /** Calls of the account need no permission on a project, as before Bedrock had them. */
  spareProjects(input: { account: string }): void;
  /** Regions that the account hasn't enabled: STS issues no sessions of its roles there, and Bedrock accepts none. */
  setDisabledRegions(input: { account: string; regions: string[] }): void;
}

/** Every function throws AwsError with IAM's own code: MalformedPolicyDocument, NoSuchEntity, LimitExceeded … */
export function newIam(world: World): SandboxIam {
  const { directory } = world;
  return {
    createUser(input) {
      const { arn, uniqueId } = directory.createUser(input);
      return { arn, userId: uniqueId };
    },
    createRole(input) {
      const { arn, uniqueId } = directory.createRole(input);
      return { arn, roleId: uniqueId };
    },
    createAccessKey({ userArn, accessKeyId, secretAccessKey }) {
      const given =
        accessKeyId === undefined || secretAccessKey === undefined
          ? undefined
          : { accessKeyId, secretAccessKey };
      return directory.createAccessKey(userArn, given);
    },
    deleteAccessKey: ({ accessKeyId }) => directory.deleteAccessKey(accessKeyId),
    createManagedPolicy: ({ policyArn, policy }) => directory.createManagedPolicy(policyArn, policy),
    createSession({ roleArn, roleSessionName, durationSeconds = 3600 }) {
      const role = directory.role(roleArn);
      if (role === undefined) throw new AwsError("NoSuchEntity", 404, `The role ${roleArn} cannot be found.`);
      const issuedAt = world.now();
      return directory.issueSession(role, {
        roleSessionName,
        issuedAt,
        expiresAt: issuedAt + durationSeconds * 1000,
        policies: null,
        scoped: [],
        tags: {},
        transitiveTagKeys: [],
        sourceIdentity: null,
      });
    },
    updateTrust: ({ roleArn, trustPolicy }) => directory.updateTrust(roleArn, trustPolicy),
    putPolicy: ({ arn, policyName, policy }) => directory.putPolicy(arn, policyName, policy),
    deletePolicy: ({ arn, policyName }) => directory.deletePolicy(arn, policyName),
    deleteRole: ({ roleArn }) => directory.deleteRole(roleArn),
    updateRole: ({ roleArn, maxSessionDuration }) => directory.updateRole(roleArn, maxSessionDuration),
    getRole: ({ roleArn }) => directory.describeRole(roleArn),
    setServiceControlPolicies: ({ account, policies }) =>
      directory.accounts.setServiceControlPolicies(account, policies),
    spareProjects: ({ account }) => directory.accounts.spareProjects(account),
    setModelAccess: ({ account, denied }) => directory.accounts.setModelAccess(account, denied),
    setDisabledRegions: ({ account, regions }) => directory.accounts.setDisabledRegions(account, regions),
  };
}
