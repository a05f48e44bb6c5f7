/** The sources of events: changes in the store, keys and models about to end, an audit log that can't be written. */
import type { Audit } from "../audit/types.ts";
import type { Clock } from "../core/clock.ts";
import type { Delegation, DelegationState } from "../core/delegation.ts";
import type { Log } from "../core/log.ts";
import { ENDING_DAYS, endingsOf, endingText } from "../registry/endings.ts";
import type { Store } from "../store/store.ts";
import type { EventType, Notifier } from "./notifier.ts";

export interface SourceParts {
  store: Store;
  audit: Pick<Audit, "available">;
  clock: Clock;
  notifier: Notifier;
  log: Pick<Log, "warn">;
}

const DAY = 86_400_000;
/** How long before its expiry a key is reported, the longest first. */
const AHEAD = [7 * DAY, DAY];
/** The same for granted models. */
const MODELS_AHEAD = [ENDING_DAYS * DAY, 7 * DAY, 0];
const KEYS_EVERY_MS = 3_600_000;
const MODELS_EVERY_MS = 6 * 3_600_000;
const AUDIT_EVERY_MS = 1_000;

const STATES: Partial<Record<DelegationState, EventType>> = {
  active: "delegation.activated",
  suspended: "delegation.suspended",
  revoked: "delegation.revoked",
};

/** Starts watching; the returned function stops it. */
export async function watchSources(parts: SourceParts): Promise<() => void> {
  const stops = [await watchDelegations(parts), watchKeys(parts), watchModels(parts), watchAudit(parts)];
  return () => stops.forEach((stop) => stop());
}

async function watchDelegations({ store, clock, notifier, log }: SourceParts): Promise<() => void> {
  const known = new Map((await store.delegations.list()).map(({ name, state }) => [name, state]));
  const look = async () => {
    for (const delegation of await store.delegations.list()) {
      const before = known.get(delegation.name);
      known.set(delegation.name, delegation.state);
      if (before !== delegation.state) tell(notifier, delegation);
    }
  };
  const watch = store.watch(
    clock,
    () => void look().catch(() => log.warn({}, "changes of delegations could not be read")),
    () => undefined,
  );
  return () => watch.stop();
}

function tell(notifier: Notifier, { name, state, stateReason }: Delegation): void {
  const type = STATES[state];
  if (!type) return;
  const because = stateReason === undefined ? "" : `: ${stateReason}`;
  notifier.emit(type, `delegation/${name}`, `The delegation ${name} is ${state}${because}.`);
}

function watchKeys({ store, clock, notifier, log }: SourceParts): () => void {
  const reported = new Set<string>();
  const look = async () => {
    const now = clock.now();
    for (const { id, client, expiresAt, revokedAt } of await store.keys.list()) {
      if (expiresAt === undefined || revokedAt !== undefined || expiresAt <= now) continue;
      const due = AHEAD.filter((ahead) => expiresAt - now <= ahead);
      const fresh = due.filter((ahead) => !reported.has(`${id} ${ahead}`));
      for (const ahead of due) reported.add(`${id} ${ahead}`);
      if (fresh.length === 0) continue;
      const when = new Date(expiresAt).toISOString();
      notifier.emit("key.expiring", `key/${id}`, `The key ${id} of ${client} expires at ${when}.`);
    }
  };
  const safely = () => void look().catch(() => log.warn({}, "keys could not be read"));
  safely();
  const timer = clock.setInterval(safely, KEYS_EVERY_MS).unref();
  return () => clock.clear(timer);
}

function watchModels({ store, clock, notifier, log }: SourceParts): () => void {
  const reported = new Set<string>();
  const look = async () => {
    const now = clock.now();
    for (const delegation of await store.delegations.list()) {
      const { name } = delegation;
      for (const ending of endingsOf(delegation, await store.verifications.get(name, "full"), { now })) {
        const due = MODELS_AHEAD.filter((ahead) => ending.endsAt - now <= ahead);
        const fresh = due.filter((ahead) => !reported.has(`${name} ${ending.granted} ${ahead}`));
        for (const ahead of due) reported.add(`${name} ${ending.granted} ${ahead}`);
        if (fresh.length === 0) continue;
        const message = `The delegation ${name} grants a model that ends: ${endingText(ending, now)}.`;
        notifier.emit("model.ending", `delegation/${name}`, message);
      }
    }
  };
  const safely = () => void look().catch(() => log.warn({}, "granted models could not be read"));
  safely();
  const timer = clock.setInterval(safely, MODELS_EVERY_MS).unref();
  return () => clock.clear(timer);
}

function watchAudit({ audit, clock, notifier }: SourceParts): () => void {
  let available = true;
  const look = () => {
    const now = audit.available();
    if (now === available) return;
    available = now;
    if (now) notifier.emit("audit.recovered", "audit", "The audit log can be written again.");
    else
      notifier.emit(
        "audit.unavailable",
        "audit",
        "The audit log can't be written: calls are answered with 503.",
      );
  };
  const timer = clock.setInterval(look, AUDIT_EVERY_MS).unref();
  return () => clock.clear(timer);
}
