/**
 * What Signet remembers: delegations, clients and keys, and the one interface to them. Everything is asynchronous
 * so that a shared database fits behind it. Rows are never deleted: what ended keeps its state and its date.
 */
import type { Client, Delegation, DelegationState, Key } from "../core/delegation.ts";

export type Membership = Client["delegations"][number];

/** Name, account, role and External ID of a delegation never change: there is no operation for it. */
export interface Delegations {
  add(delegation: Delegation): Promise<void>;
  get(name: string): Promise<Delegation | undefined>;
  /** All, by name. */
  list(): Promise<Delegation[]>;
  setState(name: string, state: DelegationState): Promise<void>;
}

export interface Clients {
  add(client: Client): Promise<void>;
  get(name: string): Promise<Client | undefined>;
  /** All, by name. */
  list(): Promise<Client[]>;
  join(client: string, membership: Membership): Promise<void>;
}

export interface Keys {
  /** The key's client must belong to its delegation. */
  add(key: Key): Promise<void>;
  get(id: string): Promise<Key | undefined>;
  /** All, oldest first. */
  list(filter?: { client?: string; delegation?: string }): Promise<Key[]>;
  setExpiry(id: string, expiresAt: number): Promise<void>;
  /** The first revocation's date stays: revoking again changes nothing. */
  revoke(id: string, revokedAt: number): Promise<void>;
}

export interface Tables {
  readonly delegations: Delegations;
  readonly clients: Clients;
  readonly keys: Keys;
}

export interface Changes {
  /** Pass it to the next `changesSince`. */
  revision: number;
  delegations: Delegation[];
  clients: Client[];
  keys: Key[];
}

/**
 * Operations reject with StoreError: `conflict` for a row that exists already or refers to one that doesn't,
 * `not_found` for a change to a row that doesn't exist, `unavailable` where the database can't be read or written.
 */
export interface Store extends Tables {
  /**
   * Runs reads and writes as one: either all of its writes are kept or none, and no other writer comes between.
   * Use only the tables it is given; the store's own would wait for the transaction to end.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>;
  /** Rows added or changed after `revision` (0: all rows), as of one moment. */
  changesSince(revision: number): Promise<Changes>;
  /**
   * Calls `onChange` once at first, then within 250 ms of any commit, by this process or another. `onError` hears
   * once that changes can't be followed, and again only after they could be for a while; following goes on.
   */
  watch(onChange: () => void, onError: (error: unknown) => void): { stop(): void };
  close(): Promise<void>;
}

export type StoreErrorCode =
  | "conflict"
  | "not_found"
  /** No store where one was expected. */
  | "missing"
  /** A file or database that isn't Signet's. */
  | "foreign"
  /** Written by a later version of Signet. */
  | "newer"
  | "unavailable";

/** `message` is for the operator; it names files and rows, never secrets. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
