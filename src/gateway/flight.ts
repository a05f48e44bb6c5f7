/**
 * The calls between their intent and their outcome. Each can be cut from outside at any moment: its key was
 * revoked, it took too long, its caller left, or the process ends.
 */
import type { Directory, Identity } from "../directory/directory.ts";
import type { UpstreamAnswer } from "../upstream/upstream.ts";
import type { Tally } from "./tally.ts";

export type CutReason = "revoked" | "timeout" | "caller_gone" | "unrecorded" | "shutdown";

export class CutError extends Error {
  readonly reason: CutReason;

  constructor(reason: CutReason) {
    super(`the call was cut: ${reason}`);
    this.name = "CutError";
    this.reason = reason;
  }
}

export class Flight {
  readonly identity: Identity;
  /** Monotonic milliseconds. */
  readonly deadline: number;
  /** Set once, by the first reason to cut. */
  cutReason: CutReason | undefined;
  /** The caller has left; the answer is read to its end only to count its usage. */
  callerGone = false;
  /** Its index among all flights, set by `Flights`. */
  slot = -1;
  /** One for each of its calls to Bedrock whose intent is recorded. */
  readonly tallies: Tally[] = [];
  readonly #upstream: UpstreamAnswer[] = [];

  constructor(identity: Identity, deadline: number) {
    this.identity = identity;
    this.deadline = deadline;
  }

  /** Adds an exchange with Bedrock that a cut must end. */
  carry(upstream: UpstreamAnswer): void {
    this.#upstream.push(upstream);
    if (this.cutReason) upstream.abort(new CutError(this.cutReason));
  }

  cut(reason: CutReason): void {
    if (this.cutReason) return;
    this.cutReason = reason;
    for (const upstream of this.#upstream) upstream.abort(new CutError(reason));
  }

  /** Gives up on answers that have been silent for too long. `now`: monotonic milliseconds. */
  refuseSilence(now: number): void {
    for (const upstream of this.#upstream) upstream.refuseSilence(now);
  }

  /** Resumes paused answers when the caller who was too slow for them has left. */
  release(): void {
    for (const upstream of this.#upstream) upstream.resume();
  }
}

export interface Flights {
  add(flight: Flight): void;
  remove(flight: Flight): void;
  readonly size: number;
  /** Cuts the calls whose key, client or delegation may no longer be used. */
  cutUnusable(directory: Directory, now: number): void;
  /** Cuts the calls that have reached their deadline, or that Bedrock says nothing to; `now`: monotonic milliseconds. */
  cutOverdue(now: number): void;
  cutAll(reason: CutReason): void;
}

export function createFlights(): Flights {
  // Not a Set: V8 chains the tables that a Set has outgrown, and keeps every call that was in one until the next full
  // garbage collection.
  const flights: Flight[] = [];
  return {
    add(flight) {
      flight.slot = flights.push(flight) - 1;
    },
    remove(flight) {
      const last = flights.pop();
      if (last && last !== flight) {
        flights[flight.slot] = last;
        last.slot = flight.slot;
      }
    },
    get size() {
      return flights.length;
    },
    cutUnusable(directory, now) {
      for (const flight of flights) if (!directory.usable(flight.identity, now)) flight.cut("revoked");
    },
    cutOverdue(now) {
      for (const flight of flights) {
        if (flight.deadline <= now) flight.cut("timeout");
        else flight.refuseSilence(now);
      }
    },
    cutAll(reason) {
      for (const flight of flights) flight.cut(reason);
    },
  };
}
