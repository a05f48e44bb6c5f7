/**
 * What each step of the line takes and returns. A step takes the type that the step before it made, so leaving
 * one out does not compile.
 */
import type { Session } from "../credentials/broker.ts";
import type { Client, Delegation, Key } from "../core/delegation.ts";
import type { Reservation } from "../limits/limiter.ts";
import type { Estimate } from "../limits/subject.ts";
import type { Price } from "../prices/price.ts";
import type { Operation } from "../core/operations.ts";
import type { Ask, Streamed, Whole } from "../protocols/translation.ts";
import type { ClaimedSignature } from "../sigv4/claimed.ts";
import type { ReceivedRequest } from "../sigv4/verify.ts";
import type { PairHolder } from "../directory/directory.ts";
import type { NamedModel } from "../directory/model-names.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Headers } from "../core/headers.ts";
import type { Route } from "../protocols/protocol.ts";

export interface Accepted {
  readonly exchange: Exchange;
  /** Its path parameters are raw: checked for form, not yet decoded. */
  readonly route: Route;
  /** Raw, checked for form. */
  readonly query: string;
  readonly headers: Headers;
}

export interface Authenticated extends Accepted {
  readonly key: Key;
  readonly client: Client;
  readonly delegation: Delegation;
  /** What the body's SHA-256 must be, in lower-case hex, where the caller signed the request. */
  readonly signedPayload?: string;
}

/**
 * Signed with an access-key pair, and not proven: the signature is over the body, too, which hasn't come. Nobody's
 * until it is; hence no `Authenticated`.
 */
export interface Claimed extends Accepted {
  readonly claim: {
    readonly holder: PairHolder;
    readonly signature: ClaimedSignature;
    readonly request: ReceivedRequest;
  };
}

export interface Received extends Authenticated {
  readonly body: Buffer;
}

/** The label of the host that is called. */
export type Service = "bedrock-runtime" | "bedrock" | "bedrock-mantle";

/** Exactly what is authorized, signed and sent. */
export interface Target {
  readonly operation: Operation;
  readonly service: Service;
  readonly method: "GET" | "POST";
  /** Encoded once, as on the wire. */
  readonly path: string;
  /** In SigV4's canonical order, as on the wire. */
  readonly query: string;
  readonly region: string;
  /** What grants were matched against: a model's name, `guardrail/<id>`, or null for operations about neither. */
  readonly subject: string | null;
  readonly arn: string | null;
}

export interface Authorized extends Received {
  readonly target: Target;
  /** What a caller of another protocol asks, and of which model; null for Bedrock's own. */
  readonly asked: { ask: Ask; model: NamedModel } | null;
}

/** The answer is in the caller's protocol already. */
export interface PassedOn {
  kind: "passed";
  streaming: boolean;
}

export interface Translated extends Authorized {
  /** Headers for Bedrock besides those that signing adds. */
  readonly outboundHeaders: readonly (readonly [name: string, value: string])[];
  /** One, or several where a request becomes several calls. */
  readonly outboundBodies: readonly Buffer[];
  /** How Bedrock's answer becomes the caller's; null where it is relayed as it is. */
  readonly answering: Whole | Streamed | PassedOn | null;
}

export interface Limited extends Translated {
  readonly reservation: Reservation;
  /** What is set aside for each of the outbound bodies; empty where no limit of tokens or money applies. */
  readonly shares: readonly Estimate[];
  /** Undefined where the model's price is not known, or it is about no model. */
  readonly price: Price | undefined;
}

export interface Credentialed extends Limited {
  readonly session: Session;
}

/** One call to Bedrock: the only one of its request, or one of several. */
export interface Outbound extends Credentialed {
  /** In the audit log: the request's id, with a number after it where there are several. */
  readonly callId: string;
  readonly outboundBody: Buffer;
  /** Of the request's reservation, for this call. */
  readonly share: Estimate | undefined;
}

/** The intent is written; `durable` settles once it is on disk. */
export interface Recorded extends Outbound {
  readonly durable: Promise<void>;
}

export interface Signed extends Recorded {
  readonly origin: string;
  /** Names and values in turn, complete: exactly these go on the wire. */
  readonly signedHeaders: string[];
}
