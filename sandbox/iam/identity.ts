/** Users, roles and their sessions, and the parameters that create them. */
import { randomBytes, randomInt } from "node:crypto";
import type { Policy } from "./policy.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A policy document as JSON text or as an object. */
export type PolicyDocument = string | object;

export interface Identity {
  arn: string;
  account: string;
  partition: string;
  name: string;
  /** `AIDA…` for users, `AROA…` for roles: what trust policies store. */
  uniqueId: string;
  /** Inline policies by name; the document as written. */
  policies: Map<string, { policy: Policy; document: PolicyDocument }>;
  tags: Record<string, string>;
}

export interface Role extends Identity {
  trust: Policy;
  /** As written. */
  trustDocument: PolicyDocument;
  /** Seconds. */
  maxSessionDuration: number;
}

export interface SessionFacts {
  roleSessionName: string;
  /** Epoch milliseconds. */
  issuedAt: number;
  expiresAt: number;
  policies: Policy[] | null;
  /** Those of GetScopedCredentials: every one must allow. */
  scoped: Policy[];
  tags: Record<string, string>;
  transitiveTagKeys: string[];
  sourceIdentity: string | null;
}

/** The principal of an access key. */
export interface Principal {
  /** The user's ARN, or the role session's. */
  arn: string;
  identity: Identity;
  session: SessionFacts | null;
  /** Service control policies of its account. */
  organization?: Policy[];
}

export interface IssuedKey {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface IssuedSession extends IssuedKey {
  sessionToken: string;
  expiresAt: number;
  assumedRoleId: string;
  arn: string;
}

export interface RoleInput {
  account: string;
  roleName: string;
  trustPolicy: PolicyDocument;
  /** By policy name. */
  inlinePolicies?: Record<string, PolicyDocument>;
  /** 3,600–43,200 seconds; 3,600 without it. */
  maxSessionDuration?: number;
  tags?: Record<string, string>;
  partition?: string;
}

/** A role as its owner reads it. */
export interface RoleDescription {
  arn: string;
  roleId: string;
  trustPolicy: object;
  /** By policy name. */
  inlinePolicies: Record<string, object>;
  /** Seconds. */
  maxSessionDuration: number;
}

export interface UserInput {
  account: string;
  userName: string;
  inlinePolicies?: Record<string, PolicyDocument>;
  tags?: Record<string, string>;
  partition?: string;
}

export function newIdentity(input: {
  account: string;
  partition: string;
  name: string;
  kind: "user" | "role";
  tags?: Record<string, string>;
}): Identity {
  const { account, partition, name, kind } = input;
  return {
    arn: `arn:${partition}:iam::${account}:${kind}/${name}`,
    account,
    partition,
    name,
    uniqueId: newId(kind === "user" ? "AIDA" : "AROA"),
    policies: new Map(),
    tags: input.tags ?? {},
  };
}

export function sessionArn(role: Identity, roleSessionName: string): string {
  return `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${roleSessionName}`;
}

/** AWS's ids: a prefix for the kind, then 16 characters. */
export function newId(prefix: string): string {
  let id = prefix;
  for (let i = 0; i < 16; i++) id += BASE32.charAt(randomInt(BASE32.length));
  return id;
}

export function newSecret(): string {
  return randomBytes(30).toString("base64");
}

/** Opaque to everyone but STS; a few hundred characters. */
export function newSessionToken(): string {
  return `IQoJb3JpZ2luX2Vj${randomBytes(192).toString("base64")}`;
}
