/**
 * Short-lived sessions, one for each (delegation, client), in memory only.
 *
 * A session is refreshed in the background well before it ends, by one AssumeRole call for any number of callers (and what
 * narrows its session further). While
 * STS fails, a session is used until it really ends; a failure is remembered (backoff, or longer for a denied role) so
 * that neither STS nor other tenants suffer from it.
 */
import type { WallClock } from "../core/clock.ts";
import { ownOutput } from "../core/async-output.ts";
import type { Credentials } from "../core/credentials.ts";
import type { Client, Delegation } from "../core/delegation.ts";
import { SignetError } from "../core/errors.ts";
import { grantsOf } from "../iam/intersect.ts";
import { sessionLayers, SessionPolicyTooLarge, type Layers } from "../iam/session-policy.ts";
import { failureOf, type Failure } from "./failure.ts";
import { assumeNarrowed } from "./narrowed.ts";
import type { AssumeRoleRequest, CredentialSource } from "./sts.ts";

export interface Session {
  readonly credentials: Credentials;
  /** The RoleSessionName that CloudTrail shows; null if the base credentials are used directly. */
  readonly sessionName: string | null;
  readonly expiresAt: number;
}

export interface BrokerEvents {
  refreshed(delegation: string, client: string, expiresAt: number): void;
  failed(delegation: string, client: string, cause: unknown): void;
}

export interface Broker {
  /** A session that is valid now: synchronously if cached. Throws `credentials_unavailable` or `role_denied`. */
  session(delegation: Delegation, client: Client): Session | Promise<Session>;
  /**
   * Drops a session that AWS refused, so that the next call gets a new one; one younger than `leastAgeMs` (10 s) is
   * kept. Returns whether it was dropped.
   */
  discard(delegation: Delegation, client: Client, refused: Session, leastAgeMs?: number): boolean;
  /** Forgets every session except those of the (delegation, client) names that `allowed` accepts. */
  keep(allowed: (delegation: string, client: string) => boolean): void;
  /** The sessions in memory. */
  held(): HeldSession[];
}

export interface HeldSession {
  delegation: string;
  client: string;
  /** Epoch milliseconds; Infinity for base credentials that don't end. */
  expiresAt: number;
}

interface Entry {
  /** The request to STS. Another role, policy or tag means another session. */
  fingerprint: string;
  session?: Session;
  windows?: Windows;
  pending?: Promise<Session>;
  failure?: Failure;
  failures: number;
}

/** Moments in a session's life, epoch milliseconds. */
interface Windows {
  obtainedAt: number;
  /** From then on, a call starts a refresh in the background. */
  refreshAt: number;
  /** Until then, the session is handed out: shortly before its end, so that a call signed with it arrives in time. */
  usableUntil: number;
}

const MINUTE = 60_000;
/** Base credentials without an expiry (environment, profile) are looked up again this often. */
const BASE_LIFETIME = 5 * MINUTE;
const DISCARD_AFTER = 10_000;

interface Parts {
  source: CredentialSource;
  clock: WallClock;
  events: BrokerEvents;
  random: () => number;
}

export function createBroker(
  source: CredentialSource,
  clock: WallClock,
  events: BrokerEvents,
  random = Math.random,
): Broker {
  const entries = new Map<string, Entry>();

  const refresh = (entry: Entry, delegation: Delegation, client: Client) =>
    refreshed({ source, clock, events, random }, entry, delegation, client);

  return {
    session(delegation, client) {
      const entry = entryFor(entries, delegation, client);
      const now = clock.now();
      const failing = entry.failure !== undefined && now < entry.failure.until;
      if (entry.session && entry.windows && now < entry.windows.usableUntil) {
        // A failed background refresh is reported through events; this call is served by the session it has.
        if (now >= entry.windows.refreshAt && !failing)
          refresh(entry, delegation, client).catch(() => undefined);
        return entry.session;
      }
      if (failing && entry.failure) throw again(entry.failure, now);
      return refresh(entry, delegation, client);
    },

    discard(delegation, client, refused, leastAgeMs = DISCARD_AFTER) {
      const entry = entryFor(entries, delegation, client);
      if (entry.session !== refused || !entry.windows) return false;
      // If a role's new sessions are refused too, that must not cost one AssumeRole call each time.
      if (clock.now() < entry.windows.obtainedAt + leastAgeMs) return false;
      delete entry.session;
      delete entry.windows;
      return true;
    },

    keep(allowed) {
      for (const key of entries.keys()) {
        const [delegation = "", client = ""] = key.split("\n");
        if (!allowed(delegation, client)) entries.delete(key);
      }
    },

    held() {
      const now = clock.now();
      return [...entries].flatMap(([key, { session }]) => {
        const [delegation = "", client = ""] = key.split("\n");
        return session && session.expiresAt > now
          ? [{ delegation, client, expiresAt: session.expiresAt }]
          : [];
      });
    },
  };
}

/** The next session of an entry. Whatever asks for it meanwhile waits for the same one. */
function refreshed(
  { source, clock, events, random }: Parts,
  entry: Entry,
  delegation: Delegation,
  client: Client,
): Promise<Session> {
  entry.pending ??= obtain(source, delegation, client)
    .then((session) => {
      entry.session = session;
      entry.windows = windowsOf(session.expiresAt, clock.now(), random);
      entry.failures = 0;
      delete entry.failure;
      events.refreshed(delegation.name, client.name, session.expiresAt);
      return session;
    })
    .catch((thrown: unknown) => {
      entry.failures++;
      entry.failure = failureOf(thrown, entry.failures, clock.now(), random);
      events.failed(delegation.name, client.name, thrown);
      throw entry.failure.error;
    })
    .finally(() => {
      delete entry.pending;
    });
  return entry.pending;
}

function entryFor(entries: Map<string, Entry>, delegation: Delegation, client: Client): Entry {
  const key = `${delegation.name}\n${client.name}`;
  const fingerprint = fingerprintOf(delegation, client);
  const known = entries.get(key);
  if (known?.fingerprint === fingerprint) return known;
  const entry: Entry = { fingerprint, failures: 0 };
  entries.set(key, entry);
  return entry;
}

const fingerprints = new WeakMap<Delegation, WeakMap<Client, string>>();

/** Delegations and clients are replaced, never changed in place, so the text is made once for each pair. */
function fingerprintOf(delegation: Delegation, client: Client): string {
  const ofDelegation = fingerprints.get(delegation) ?? new WeakMap<Client, string>();
  fingerprints.set(delegation, ofDelegation);
  const known = ofDelegation.get(client);
  if (known !== undefined) return known;
  const { roleArn, externalId, region, session, role } = delegation;
  const text = JSON.stringify([roleArn, externalId, region, session, role, grantsOf(delegation, client)]);
  ofDelegation.set(client, text);
  return text;
}

/** The RoleSessionName of a client's sessions, as CloudTrail shows it. */
export function sessionNameOf(client: Client): string {
  return `signet-${client.name}`;
}

async function obtain(source: CredentialSource, delegation: Delegation, client: Client): Promise<Session> {
  if (delegation.roleArn === undefined) {
    const { credentials, expiresAt } = await source.base();
    return { credentials, expiresAt, sessionName: null };
  }
  const request = assumeRoleRequest(delegation, delegation.roleArn, client);
  const { credentials, expiresAt } = await assumeNarrowed(source, request, layersFor(delegation, client));
  return { credentials, expiresAt, sessionName: request.roleSessionName };
}

function assumeRoleRequest(
  delegation: Delegation,
  roleArn: string,
  client: Client,
): Omit<AssumeRoleRequest, "policy"> {
  const { externalId, region, session } = delegation;
  return {
    region,
    roleArn,
    roleSessionName: sessionNameOf(client),
    durationSeconds: session.durationSeconds,
    ...(externalId === undefined ? {} : { externalId }),
    tags: session.tags,
    ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
  };
}

function layersFor(delegation: Delegation, client: Client): readonly [Layers, ...Layers[]] {
  try {
    return sessionLayers(grantsOf(delegation, client), delegation, ownOutput(delegation.role, client));
  } catch (thrown) {
    if (!(thrown instanceof SessionPolicyTooLarge)) throw thrown;
    throw Object.assign(new Error(thrown.message), { name: "PackedPolicyTooLarge" });
  }
}

/**
 * A 3,600 s session is refreshed from 15 minutes before its end, ± 20 % so that sessions made together don't
 * refresh together, and handed out until 60 s before it. Shorter sessions keep the proportions.
 */
function windowsOf(expiresAt: number, now: number, random: () => number): Windows {
  if (expiresAt === Infinity)
    return { obtainedAt: now, refreshAt: now + BASE_LIFETIME, usableUntil: Infinity };
  const lifetime = expiresAt - now;
  const early = Math.min(15 * MINUTE, lifetime / 4) * (0.8 + 0.4 * random());
  const usableUntil = expiresAt - Math.min(MINUTE, lifetime / 20);
  return { obtainedAt: now, refreshAt: expiresAt - early, usableUntil };
}

function again(failure: Failure, now: number): SignetError {
  const { code, message, cause } = failure.error;
  return new SignetError(code, message, {
    cause,
    retryAfter: Math.max(1, Math.ceil((failure.until - now) / 1000)),
  });
}
