/**
 * The store: delegations, clients and keys. Everything is asynchronous so that a shared database can implement it. Rows
 * are never deleted: ended ones keep their state and date (except Flashback connections, which copy Flashback's own,
 * and changes that reached the audit log).
 */
import { ExpectedError } from "../core/expected-error.ts";
import type { AdminToken } from "../core/admin.ts";
import type { Change } from "../core/change.ts";
import type { Clock } from "../core/clock.ts";
import type { Client, Delegation, Key } from "../core/delegation.ts";
import type { Limits } from "../core/limits.ts";
import type { FlashbackConnection } from "./flashback.ts";
import type { Verification } from "../core/verification.ts";

export type Membership = Client["delegations"][number];

export interface Delegations {
  add(delegation: Delegation): Promise<void>;
  get(name: string): Promise<Delegation | undefined>;
  /** All, by name. */
  list(): Promise<Delegation[]>;
  /** Replaces everything about the delegation of that name except its creation date. */
  update(delegation: Delegation): Promise<void>;
}

export interface Clients {
  add(client: Client): Promise<void>;
  get(name: string): Promise<Client | undefined>;
  /** All, by name. */
  list(): Promise<Client[]>;
  join(client: string, membership: Membership): Promise<void>;
  /** Undefined removes them. */
  setLimits(name: string, limits: Limits | undefined): Promise<void>;
  /** Revoking again keeps the first date. */
  revoke(name: string, revokedAt: number): Promise<void>;
}

export interface Keys {
  /** The key's client must belong to its delegation. */
  add(key: Key): Promise<void>;
  get(id: string): Promise<Key | undefined>;
  /** All, oldest first. */
  list(filter?: { client?: string; delegation?: string }): Promise<Key[]>;
  /** Undefined removes them. */
  setLimits(id: string, limits: Limits | undefined): Promise<void>;
  setExpiry(id: string, expiresAt: number): Promise<void>;
  /** Revoking again keeps the first date. */
  revoke(id: string, revokedAt: number): Promise<void>;
}

/** The latest verification of each delegation and scope. */
export interface Verifications {
  put(verification: Verification): Promise<void>;
  /** The latest one, of any scope unless one is given. */
  get(delegation: string, scope?: Verification["scope"]): Promise<Verification | undefined>;
}

/** Changes on their way to the audit log, which another process may hold. */
export interface ChangeLog {
  add(change: Change): Promise<void>;
  /** Changes that are not in the audit log yet, oldest first. */
  pending(limit: number): Promise<Change[]>;
  /** Forgets changes that are in the audit log. */
  settle(ids: readonly string[]): Promise<void>;
}

export interface FlashbackConnections {
  add(connection: FlashbackConnection): Promise<void>;
  get(aiLlmId: string): Promise<FlashbackConnection | undefined>;
  /** All, oldest first, or those that hold a key. */
  list(filter?: { key?: string }): Promise<FlashbackConnection[]>;
  /** Sets the key that it holds from now on. */
  setKey(aiLlmId: string, key: string): Promise<void>;
  remove(aiLlmId: string): Promise<void>;
}

export interface AdminTokens {
  add(token: AdminToken): Promise<void>;
  get(id: string): Promise<AdminToken | undefined>;
  /** All, by name. */
  list(): Promise<AdminToken[]>;
  /** Revoking again keeps the first date. */
  revoke(id: string, revokedAt: number): Promise<void>;
}

export interface Tables {
  readonly delegations: Delegations;
  readonly clients: Clients;
  readonly keys: Keys;
  readonly verifications: Verifications;
  readonly changes: ChangeLog;
  readonly flashback: FlashbackConnections;
  readonly adminTokens: AdminTokens;
}

export interface Changes {
  /** Pass it to the next `changesSince`. */
  revision: number;
  delegations: Delegation[];
  clients: Client[];
  keys: Key[];
}

/**
 * Operations reject with StoreError: `conflict` for a row that already exists or refers to a missing one, `not_found`
 * for a change to a missing row, `unavailable` if the database can't be read or written.
 */
export interface Store extends Tables {
  /**
   * Runs reads and writes as one: either all of its writes are kept or none, and no other writer comes between. Use
   * only the tables it is given; the store's own would wait for the transaction to end.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>;
  /** Rows added or changed after `revision` (0: all rows), as of one moment. */
  changesSince(revision: number): Promise<Changes>;
  /**
   * Calls `onChange` once initially, then within 250 ms of any commit, by this process or another. Calls `onError` once
   * when changes can't be followed, and again only after they could be for a while; it keeps trying.
   */
  watch(clock: Clock, onChange: () => void, onError: (error: unknown) => void): { stop(): void };
  close(): Promise<void>;
}

export type StoreErrorCode =
  | "conflict"
  | "not_found"
  /** No store exists at the expected path. */
  | "missing"
  /** A file or database that isn't Signet's. */
  | "foreign"
  /** Written by a later version of Signet. */
  | "newer"
  | "unavailable";

/** `message` is for the operator; it names files and rows, never secrets. */
export class StoreError extends ExpectedError {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
