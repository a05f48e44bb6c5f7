/**
 * Signatures of the events of a request that is itself a stream: each covers the one before it, the first the request's
 * own. Source: the event signers of AWS's SDKs.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { amzDate } from "../core/clock.ts";
import type { Secret } from "../core/secret.ts";
import { signingKey } from "./signing-key.ts";
import { ALGORITHM, credentialScope, type SigningScope } from "./string-to-sign.ts";

/** What such a request has in place of its body's hash. */
export const EVENTS_PAYLOAD = "STREAMING-AWS4-HMAC-SHA256-EVENTS";

/** What a signature covers, besides the one before it. */
export interface SignedEvent {
  /** Epoch milliseconds; seconds count. */
  date: number;
  /** The frame's headers but the signature, encoded. */
  headers: Uint8Array;
  /** Empty at the end of the stream. */
  payload: Uint8Array;
}

/** The chain of one request's signatures. */
export class EventChain {
  readonly #secret: Secret;
  readonly #scope: SigningScope;
  /** Lower-case hex. */
  #last: string;

  /** `seed`: the request's signature, lower-case hex. */
  constructor(secret: Secret, scope: SigningScope, seed: string) {
    this.#secret = secret;
    this.#scope = scope;
    this.#last = seed;
  }

  /** The next event's signature. */
  sign(event: SignedEvent): Buffer {
    this.#last = this.#next(event);
    return Buffer.from(this.#last, "hex");
  }

  /** Whether `signature` is the next event's. After a wrong one, no later one is right. */
  accepts(event: SignedEvent, signature: Uint8Array): boolean {
    const expected = this.sign(event);
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }

  #next({ date, headers, payload }: SignedEvent): string {
    const time = amzDate(date);
    const scope = credentialScope(time.slice(0, 8), this.#scope);
    const covered = [headers, payload].map((bytes) => hash("sha256", bytes, "hex"));
    const text = [`${ALGORITHM}-PAYLOAD`, time, scope, this.#last, ...covered].join("\n");
    return signingKey(this.#secret, scope)(text);
  }
}
