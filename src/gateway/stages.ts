/**
 * The stages of a call. Each step takes the stage that the previous step returned. The stages are branded: only the
 * functions of advance.ts create them, one for each step, so that a step can be neither skipped nor imitated.
 */
import type { Client, Delegation, Key } from "../core/delegation.ts";
import type { UpstreamError } from "../bedrock/errors.ts";
import type { Headers } from "../core/headers.ts";
import type { Operation } from "../core/operations.ts";
import type { Session } from "../credentials/broker.ts";
import type { PairHolder } from "../directory/directory.ts";
import type { NamedModel } from "../directory/model-names.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Reservation } from "../limits/limiter.ts";
import type { Estimate } from "../limits/state.ts";
import type { Price } from "../prices/price.ts";
import type { Route } from "../protocols/protocol.ts";
import type { Ask, Streamed, Whole } from "../protocols/translation.ts";
import type { ClaimedSignature } from "../sigv4/claimed.ts";
import type { EventChain } from "../sigv4/events.ts";
import type { ReceivedRequest } from "../sigv4/verify.ts";
import type { UpstreamAnswer, UpstreamHead } from "../upstream/upstream.ts";
import type { Tally } from "./tally.ts";

declare const accepted: unique symbol;
declare const claimed: unique symbol;
declare const authenticated: unique symbol;
declare const received: unique symbol;
declare const authorized: unique symbol;
declare const translated: unique symbol;
declare const limited: unique symbol;
declare const credentialed: unique symbol;
declare const outbound: unique symbol;
declare const recorded: unique symbol;
declare const signed: unique symbol;
declare const forwarded: unique symbol;

export interface Accepted {
  readonly [accepted]: true;
  readonly exchange: Exchange;
  /** Its path parameters are raw: their form is checked, but they are not decoded yet. */
  readonly route: Route;
  /** Raw; its form is checked. */
  readonly query: string;
  readonly headers: Headers;
}

/** What a signature claims about its caller before it is verified. */
export interface Claim {
  readonly holder: PairHolder;
  readonly signature: ClaimedSignature;
  readonly request: ReceivedRequest;
}

/**
 * Signed with an access-key pair and not verified yet: the signature also covers the body, which hasn't arrived. Until
 * then the caller is unknown, so this is not `Authenticated`.
 */
export interface Claimed extends Accepted {
  readonly [claimed]: true;
  readonly claim: Claim;
}

export interface Authenticated extends Accepted {
  readonly [authenticated]: true;
  readonly claim: undefined;
  readonly key: Key;
  readonly client: Client;
  readonly delegation: Delegation;
  /** The required SHA-256 of the body, in lower-case hex, if the caller signed the request. */
  readonly signedPayload: string | undefined;
  /** By which the request's events are verified, if they are signed with an access-key pair. */
  readonly events: EventChain | undefined;
}

export interface Received extends Authenticated {
  readonly [received]: true;
  readonly body: Buffer;
}

/** The first label of the called host. */
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
  /** What grants were matched against: a model name, `guardrail/<id>`, or null for operations without either. */
  readonly subject: string | null;
  readonly arn: string | null;
  /** Of inference; null for other operations. */
  readonly project: Project | null;
  /** By which the call is priced. Null if the outbound body says it: Signet writes those of other protocols. */
  readonly tier: string | null;
}

/** The project that a call is in. */
export interface Project {
  readonly id: string;
  /** Whether Signet adds it, because the delegation picked it and the caller chose none. */
  readonly isAdded: boolean;
}

/** A request in a protocol other than Bedrock's, and its model. */
export interface ModelAsk {
  readonly ask: Ask;
  readonly model: NamedModel;
}

export interface Authorized extends Received {
  readonly [authorized]: true;
  readonly target: Target;
  /** Null for Bedrock's own protocol. */
  readonly asked: ModelAsk | null;
}

/** The answer is in the caller's protocol already. */
export interface PassedOn {
  readonly kind: "passed";
  readonly streaming: boolean;
}

/** The form of a request for Bedrock. */
export interface Translation {
  /** Headers for Bedrock besides those that signing adds. */
  readonly outboundHeaders: readonly (readonly [name: string, value: string])[];
  /** One, or several if a request becomes several calls. */
  readonly outboundBodies: readonly Buffer[];
  /** How Bedrock's answer becomes the caller's; null if it is relayed unchanged. */
  readonly answering: Whole | Streamed | PassedOn | null;
}

export interface Translated extends Authorized, Translation {
  readonly [translated]: true;
}

/** What is reserved for a request. */
export interface Allowance {
  readonly reservation: Reservation;
  /** One for each outbound body; empty if no limit of tokens or money applies. */
  readonly shares: readonly Estimate[];
  /** Undefined if the model's price is not known, or the request has no model. */
  readonly price: Price | undefined;
}

export interface Limited extends Translated, Allowance {
  readonly [limited]: true;
}

export interface Credentialed extends Limited {
  readonly [credentialed]: true;
  readonly session: Session;
}

/** One call to Bedrock: the only one of its request, or one of several. */
export interface Outbound {
  readonly [outbound]: true;
  readonly call: Credentialed;
  /** In the audit log: the request's id, followed by a number if there are several. */
  readonly id: string;
  readonly body: Buffer;
  /** This call's share of the request's reservation. */
  readonly share: Estimate | undefined;
  /** Differs from the request's after a retry with a new session. */
  readonly session: Session;
}

/** The intent is written. `durable` settles once it is on disk. */
export interface Recorded extends Outbound {
  readonly [recorded]: true;
  readonly durable: Promise<void>;
  readonly tally: Tally;
}

export interface Signed extends Recorded {
  readonly [signed]: true;
  readonly origin: string;
  /** Alternating names and values; exactly these go on the wire. */
  readonly signedHeaders: string[];
}

/** Bedrock has answered: the body is still arriving, or it is an error that was read whole. */
export interface Forwarded extends Signed {
  readonly [forwarded]: true;
  readonly head: UpstreamHead;
  readonly answer: UpstreamAnswer;
  /** Bedrock's error, if it answered with one. */
  readonly refusal: UpstreamError | undefined;
}

/** Whether Bedrock answered with an error. */
export function isRefused(call: Forwarded): call is Forwarded & { refusal: UpstreamError } {
  return call.refusal !== undefined;
}
