/**
 * Users, roles, access keys and role sessions of every account in the sandbox, all in memory.
 * Limits and wording follow the IAM service model.
 */
import { AwsError } from "../errors.ts";
import type { KnownKey } from "../sigv4/verify.ts";
import { AccountSettings } from "./account-settings.ts";
import { newId, newIdentity, newSecret, newSessionToken, sessionArn } from "./identity.ts";
import type {
  Identity,
  IssuedKey,
  IssuedSession,
  PolicyDocument,
  Principal,
  Role,
  RoleDescription,
  RoleInput,
  SessionFacts,
  UserInput,
} from "./identity.ts";
import { putPolicy, readable, sizeOf } from "./inline-policies.ts";
import { malformed, parsePolicy } from "./policy.ts";
import type { Policy, Statement } from "./policy.ts";

interface StoredKey extends KnownKey {
  ownerId: string;
  session: SessionFacts | null;
}

const MAX_TRUST_CHARACTERS = 2048;
const NAME = /^[\w+=,.@-]{1,64}$/;
const ACCOUNT = /^\d{12}$/;

export class Directory {
  readonly accounts = new AccountSettings();
  readonly #users = new Map<string, Identity>();
  readonly #roles = new Map<string, Role>();
  readonly #byUniqueId = new Map<string, Identity>();
  readonly #keys = new Map<string, StoredKey>();
  readonly #managed = new Map<string, Policy>();

  createUser(input: UserInput): Identity {
    const { account, userName, partition = "aws" } = input;
    checkName(account, userName);
    const user = newIdentity({ ...input, partition, name: userName, kind: "user" });
    if (this.#users.has(user.arn)) throw alreadyExists("User", userName);
    for (const [name, document] of Object.entries(input.inlinePolicies ?? {}))
      putPolicy(user, name, document);
    this.#users.set(user.arn, user);
    this.#byUniqueId.set(user.uniqueId, user);
    return user;
  }

  createRole(input: RoleInput): Role {
    const { account, roleName, partition = "aws", maxSessionDuration = 3600 } = input;
    checkName(account, roleName);
    checkMaxSession(maxSessionDuration);
    const identity = newIdentity({ ...input, partition, name: roleName, kind: "role" });
    if (this.#roles.has(identity.arn)) throw alreadyExists("Role", roleName);
    const role: Role = { ...identity, ...this.#trustOf(input.trustPolicy), maxSessionDuration };
    for (const [name, document] of Object.entries(input.inlinePolicies ?? {}))
      putPolicy(role, name, document);
    this.#roles.set(role.arn, role);
    this.#byUniqueId.set(role.uniqueId, role);
    return role;
  }

  /** A managed policy that AssumeRole may name in PolicyArns. */
  createManagedPolicy(arn: string, document: PolicyDocument): void {
    this.#managed.set(arn, parsePolicy(document, "session"));
  }

  updateRole(roleArn: string, maxSessionDuration: number): void {
    checkMaxSession(maxSessionDuration);
    this.#require(roleArn).maxSessionDuration = maxSessionDuration;
  }

  describeRole(roleArn: string): RoleDescription {
    const { arn, uniqueId, trustDocument, policies, maxSessionDuration } = this.#require(roleArn);
    const inlinePolicies = Object.fromEntries(
      policies.entries().map(([name, { document }]) => [name, readable(document)]),
    );
    return {
      arn,
      roleId: uniqueId,
      trustPolicy: readable(trustDocument),
      inlinePolicies,
      maxSessionDuration,
    };
  }

  managedPolicy(arn: string): Policy | undefined {
    return this.#managed.get(arn);
  }

  role(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  updateTrust(roleArn: string, document: PolicyDocument): void {
    Object.assign(this.#require(roleArn), this.#trustOf(document));
  }

  /** Adds or replaces one inline policy of a role or user. */
  putPolicy(arn: string, policyName: string, document: PolicyDocument): void {
    putPolicy(this.#users.get(arn) ?? this.#require(arn), policyName, document);
  }

  deletePolicy(arn: string, policyName: string): void {
    (this.#users.get(arn) ?? this.#require(arn)).policies.delete(policyName);
  }

  /** Live sessions of a deleted role end with it; a role with the same name created later has another unique id. */
  deleteRole(arn: string): void {
    this.#byUniqueId.delete(this.#require(arn).uniqueId);
    this.#roles.delete(arn);
  }

  /** A long-term key of a user; pass one to use an existing pair. */
  createAccessKey(userArn: string, given?: IssuedKey): IssuedKey {
    const user = this.#users.get(userArn);
    if (user === undefined) throw noSuchEntity("user", userArn);
    const key = given ?? { accessKeyId: newId("AKIA"), secretAccessKey: newSecret() };
    this.#keys.set(key.accessKeyId, {
      ownerId: user.uniqueId,
      secretAccessKey: key.secretAccessKey,
      session: null,
    });
    return key;
  }

  deleteAccessKey(accessKeyId: string): void {
    this.#keys.delete(accessKeyId);
  }

  /** A role session's credentials, as STS and instance profiles hand them out. */
  issueSession(role: Role, session: SessionFacts): IssuedSession {
    const accessKeyId = newId("ASIA");
    const secretAccessKey = newSecret();
    const sessionToken = newSessionToken();
    const { expiresAt, roleSessionName } = session;
    this.#keys.set(accessKeyId, {
      ownerId: role.uniqueId,
      secretAccessKey,
      sessionToken,
      expiresAt,
      session,
    });
    this.#forgetLongExpired(session.issuedAt);
    const arn = sessionArn(role, roleSessionName);
    const assumedRoleId = `${role.uniqueId}:${roleSessionName}`;
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt, assumedRoleId, arn };
  }

  /** Undefined for keys that don't exist or whose user or role is gone. */
  findKey(accessKeyId: string): KnownKey | undefined {
    return this.principal(accessKeyId) === undefined ? undefined : this.#keys.get(accessKeyId);
  }

  /** As a regional service finds it: an account's keys are unknown in regions that it hasn't enabled. */
  findKeyIn(region: string, accessKeyId: string): KnownKey | undefined {
    const account = this.principal(accessKeyId)?.identity.account;
    if (account === undefined || !this.accounts.isRegionEnabled(account, region)) return undefined;
    return this.#keys.get(accessKeyId);
  }

  principal(accessKeyId: string): Principal | undefined {
    const key = this.#keys.get(accessKeyId);
    if (key === undefined) return undefined;
    const identity = this.#byUniqueId.get(key.ownerId);
    if (identity === undefined) return undefined;
    const { session } = key;
    const organization = this.accounts.serviceControlPolicies(identity.account);
    return {
      ...(organization === undefined ? {} : { organization }),
      arn: session === null ? identity.arn : sessionArn(identity, session.roleSessionName),
      identity,
      session,
    };
  }

  #require(roleArn: string): Role {
    const role = this.#roles.get(roleArn);
    if (role === undefined) throw noSuchEntity("role", roleArn);
    return role;
  }

  #trustOf(document: PolicyDocument): Pick<Role, "trust" | "trustDocument"> {
    if (sizeOf(document) > MAX_TRUST_CHARACTERS) {
      throw new AwsError(
        "LimitExceeded",
        409,
        `Cannot exceed quota for ACLSizePerRole: ${MAX_TRUST_CHARACTERS}`,
      );
    }
    const { statements } = parsePolicy(document, "trust");
    const trust = { statements: statements.map((statement) => this.#storePrincipals(statement)) };
    return { trust, trustDocument: structuredClone(document) };
  }

  /** IAM stores accounts by number, users and roles by unique id, and refuses a principal that doesn't exist. */
  #storePrincipals(statement: Statement): Statement {
    const { principals } = statement;
    if (principals === null) return statement;
    const patterns = principals.patterns.map((written) => {
      const root = /^arn:[\w-]+:iam::(\d{12}):root$/.exec(written)?.[1];
      if (root !== undefined) return root;
      if (written === "*" || ACCOUNT.test(written)) return written;
      if (/^arn:[\w-]+:sts::\d{12}:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+$/.test(written)) return written;
      const known = this.#users.get(written) ?? this.#roles.get(written) ?? this.#byUniqueId.get(written);
      if (known === undefined) throw malformed(`Invalid principal in policy: "AWS":"${written}"`);
      return known.uniqueId;
    });
    return { ...statement, principals: { ...principals, patterns } };
  }

  /** A day after its end a session's key is unknown, so that memory stays bounded. */
  #forgetLongExpired(now: number): void {
    for (const [id, { expiresAt }] of this.#keys) {
      if (expiresAt === undefined) continue;
      if (expiresAt > now - 86_400_000) return;
      this.#keys.delete(id);
    }
  }
}

function checkMaxSession(seconds: number): void {
  if (seconds >= 3600 && seconds <= 43_200) return;
  throw new AwsError("ValidationError", 400, "MaxSessionDuration must be between 3600 and 43200 seconds.");
}

function checkName(account: string, name: string): void {
  if (!ACCOUNT.test(account)) throw new AwsError("ValidationError", 400, `Invalid account id: ${account}`);
  if (!NAME.test(name)) {
    throw new AwsError(
      "ValidationError",
      400,
      "The specified value for name is invalid. It must match [\\w+=,.@-]+",
    );
  }
}

function alreadyExists(kind: string, name: string): AwsError {
  return new AwsError("EntityAlreadyExists", 409, `${kind} with name ${name} already exists.`);
}

function noSuchEntity(kind: string, arn: string): AwsError {
  return new AwsError("NoSuchEntity", 404, `The ${kind} ${arn} cannot be found.`);
}
