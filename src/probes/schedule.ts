/**
 * Re-verification: checks on a schedule that each active role still requires its External ID, and suspends delegations
 * whose role doesn't. It calls no model, and a failure of one role never affects another.
 */
import type { Clock, Timer } from "../core/clock.ts";
import type { Delegation } from "../core/delegation.ts";
import type { Log } from "../core/log.ts";
import type { Verification } from "../core/verification.ts";
import { recordVerification } from "../registry/verified.ts";
import type { Store } from "../store/store.ts";
import { networkMessage } from "./send.ts";
import { verifyDelegation, type ProbeParts } from "./verify.ts";

export interface ScheduleParts {
  store: Store;
  probe: ProbeParts;
  intervalMs: number;
  clock: Clock;
  log: Pick<Log, "info" | "warn" | "error">;
  onVerified: (verification: Verification, before: Delegation, after: Delegation) => void;
  /** Uniform in [0, 1). */
  random?: () => number;
}

export interface Schedule {
  /** Verifies all active delegations now; resolves when that is done. Joins a running round. */
  now(): Promise<void>;
  /** Starts no further round; resolves once the running one has ended. */
  stop(): Promise<void>;
}

export function startVerifying(parts: ScheduleParts): Schedule {
  const { intervalMs, clock, random = Math.random } = parts;
  let stopped = false;
  let round: Promise<void> | undefined;
  let timer: Timer | undefined;

  const now = (): Promise<void> => {
    round ??= verifyAll(parts, () => stopped).finally(() => {
      round = undefined;
    });
    return round;
  };
  /** The first round soon after the start, the others ± 10 %, so that replicas don't coincide. */
  const next = (delay: number) => {
    timer = clock.setTimeout(() => void turn(), delay).unref();
  };
  const turn = async () => {
    await now();
    if (!stopped) next(intervalMs * (0.9 + 0.2 * random()));
  };
  next(Math.min(intervalMs, 10_000) * random());
  return {
    now,
    async stop() {
      stopped = true;
      clock.clear(timer);
      await round;
    },
  };
}

async function verifyAll(parts: ScheduleParts, stopped: () => boolean): Promise<void> {
  let delegations: Delegation[];
  try {
    delegations = await parts.store.delegations.list();
  } catch (error) {
    parts.log.error(
      { reason: networkMessage(error) },
      "delegations can't be verified: the store can't be read",
    );
    return;
  }
  for (const delegation of delegations) {
    if (stopped()) return;
    if (delegation.state !== "active" || delegation.roleArn === undefined) continue;
    try {
      await verifyOne(parts, delegation);
    } catch (error) {
      parts.log.warn({ delegation: delegation.name, reason: networkMessage(error) }, "could not be verified");
    }
  }
}

async function verifyOne(
  { store, probe, clock, log, onVerified }: ScheduleParts,
  before: Delegation,
): Promise<void> {
  const verification = await verifyDelegation(probe, before, { scope: "enforcement", deep: false });
  const operator = { actor: "signet:verify", clock };
  const after = await recordVerification(
    store,
    { verified: before, verification, activate: false },
    operator,
  );
  onVerified(verification, before, after);
  const { verdict } = verification;
  const fields = { delegation: before.name, verdict };
  if (verification.unenforced)
    log.error(fields, "suspended: its role can be assumed without the External ID");
  else if (verdict === "pass") log.info(fields, "the External ID is enforced");
  else
    log.warn(
      { ...fields, failing: failing(verification) },
      "could not verify that the External ID is enforced",
    );
}

function failing({ probes }: Verification): string[] {
  return probes.filter(({ status }) => status !== "pass").map(({ probe, answer }) => `${probe}: ${answer}`);
}
