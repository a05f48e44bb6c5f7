/**
 * A call on its way along the line, stage by stage. Each step takes the stage that the step before it returned. The
 * stages are branded: only the functions of advance.ts make them, one for each step, so that a step can neither be left
 * out nor be imitated.
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
  /** Its path parameters are raw: checked for form, not yet decoded. */
  readonly route: Route;
  /** Raw, checked for form. */
  readonly query: string;
  readonly headers: Headers;
}

/** What a signature says of its caller before it is verified. */
export interface Claim {
  readonly holder: PairHolder;
  readonly signature: ClaimedSignature;
  readonly request: ReceivedRequest;
}

/**
 * Signed with an access-key pair, and not verified yet: the signature covers the body, too, which hasn't arrived. It
 * belongs to nobody until then; hence no `Authenticated`.
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
  /** What the body's SHA-256 must be, in lower-case hex, where the caller signed the request. */
  readonly signedPayload: string | undefined;
}

export interface Received extends Authenticated {
  readonly [received]: true;
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

/** What a caller of a protocol other than Bedrock's asks, and of which model. */
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

/** What a request becomes for Bedrock. */
export interface Translation {
  /** Headers for Bedrock besides those that signing adds. */
  readonly outboundHeaders: readonly (readonly [name: string, value: string])[];
  /** One, or several where a request becomes several calls. */
  readonly outboundBodies: readonly Buffer[];
  /** How Bedrock's answer becomes the caller's; null where it is relayed as it is. */
  readonly answering: Whole | Streamed | PassedOn | null;
}

export interface Translated extends Authorized, Translation {
  readonly [translated]: true;
}

/** What is set aside for a request. */
export interface Allowance {
  readonly reservation: Reservation;
  /** For each of the outbound bodies; empty where no limit of tokens or money applies. */
  readonly shares: readonly Estimate[];
  /** Undefined where the model's price is not known, or the request is about no model. */
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
  /** In the audit log: the request's id, with a number after it where there are several. */
  readonly id: string;
  readonly body: Buffer;
  /** Of the request's reservation, for this call. */
  readonly share: Estimate | undefined;
  /** Another than the request's after a retry with a new one. */
  readonly session: Session;
}

/** The intent is written; `durable` settles once it is on disk. */
export interface Recorded extends Outbound {
  readonly [recorded]: true;
  readonly durable: Promise<void>;
  readonly tally: Tally;
}

export interface Signed extends Recorded {
  readonly [signed]: true;
  readonly origin: string;
  /** Names and values in turn, complete: exactly these go on the wire. */
  readonly signedHeaders: string[];
}

/** Bedrock has answered: the body is still flowing, or it is an error that was read whole. */
export interface Forwarded extends Signed {
  readonly [forwarded]: true;
  readonly head: UpstreamHead;
  readonly answer: UpstreamAnswer;
  /** What Bedrock answered instead of a result. */
  readonly refusal: UpstreamError | undefined;
}

/** Whether Bedrock answered with an error. */
export function isRefused(call: Forwarded): call is Forwarded & { refusal: UpstreamError } {
  return call.refusal !== undefined;
}
