/** The actor of a change, and its record: written together with the change, then moved to the audit log. */
import type { Change } from "../core/change.ts";
import type { WallClock } from "../core/clock.ts";
import type { AccessKeyPair } from "../core/delegation.ts";
import { randomId } from "../core/ids.ts";
import type { Tables } from "../store/store.ts";

export interface Operator {
  /** `cli:alice`, `signet:verify`. */
  actor: string;
  clock: WallClock;
}

export interface ChangeFacts {
  action: string;
  subject: string;
  before: object | null;
  after: object;
  reason?: string;
}

/** Digests identify keys to anyone who has them, so they stay in the store. */
const LEFT_OUT = new Set(["digest"]);
const EXTERNAL_IDS = new Set(["externalId", "nextExternalId", "previousExternalId"]);

/** Must be called in the transaction that makes the change. */
export async function recordChange(tables: Tables, operator: Operator, facts: ChangeFacts): Promise<void> {
  const { action, subject, before, after, reason } = facts;
  const names = differences(before ?? {}, after);
  const change: Change = {
    id: randomId(16),
    at: operator.clock.now(),
    actor: operator.actor,
    action,
    subject,
    before: before && shown(before, names),
    after: shown(after, names),
    ...(reason === undefined ? {} : { reason }),
  };
  await tables.changes.add(change);
}

function differences(before: object, after: object): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter(
    (name) =>
      !LEFT_OUT.has(name) && JSON.stringify(field(before, name)) !== JSON.stringify(field(after, name)),
  );
}

function shown(value: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(value, name))
      .map((name) => [name, recorded(name, field(value, name))]),
  );
}

function recorded(name: string, value: unknown): unknown {
  if (EXTERNAL_IDS.has(name)) return abbreviated(value);
  // A sealed secret is useful to anyone who obtains the master key, so it stays in the store, too.
  return name === "accessKeyPair" ? { accessKeyId: (value as AccessKeyPair).accessKeyId } : value;
}

function field(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** Enough to distinguish two External IDs. */
function abbreviated(id: unknown): string {
  return `…${String(id).slice(-4)}`;
}
