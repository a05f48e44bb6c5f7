/**
 * From one stage of a call to the next: one function for each step. All stages of a request are one object of fixed
 * shape, which the steps fill in place; all stages of a call to Bedrock are another. Nothing else creates a stage.
 */
import type { Client, Delegation, Key } from "../core/delegation.ts";
import type { UpstreamError } from "../bedrock/errors.ts";
import type { Headers } from "../core/headers.ts";
import type { Session } from "../credentials/broker.ts";
import type { Identity } from "../directory/directory.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Reservation } from "../limits/limiter.ts";
import type { Estimate } from "../limits/state.ts";
import type { Price } from "../prices/price.ts";
import type { Route } from "../protocols/protocol.ts";
import type { EventChain } from "../sigv4/events.ts";
import type { UpstreamAnswer, UpstreamHead } from "../upstream/upstream.ts";
import type {
  Accepted,
  Allowance,
  Authenticated,
  Authorized,
  Claim,
  Claimed,
  Credentialed,
  Forwarded,
  Limited,
  ModelAsk,
  Outbound,
  Received,
  Recorded,
  Signed,
  Target,
  Translated,
  Translation,
} from "./stages.ts";
import type { Tally } from "./tally.ts";

type Request = Pick<Accepted, "exchange" | "route" | "query" | "headers">;
type OutboundParts = Pick<Outbound, "call" | "id" | "body" | "share">;

/** The object behind all stages of one request. All fields exist from the start, so its shape never changes. */
class RequestState {
  exchange: Exchange;
  route: Route;
  query: string;
  headers: Headers;
  claim: Claim | undefined = undefined;
  key: Key | undefined = undefined;
  client: Client | undefined = undefined;
  delegation: Delegation | undefined = undefined;
  signedPayload: string | undefined = undefined;
  events: EventChain | undefined = undefined;
  body: Buffer | undefined = undefined;
  target: Target | undefined = undefined;
  asked: ModelAsk | null = null;
  outboundHeaders: Translation["outboundHeaders"] = [];
  outboundBodies: readonly Buffer[] = [];
  answering: Translation["answering"] = null;
  reservation: Reservation | undefined = undefined;
  shares: readonly Estimate[] = [];
  price: Price | undefined = undefined;
  session: Session | undefined = undefined;

  constructor({ exchange, route, query, headers }: Request) {
    this.exchange = exchange;
    this.route = route;
    this.query = query;
    this.headers = headers;
  }
}

/** The object behind all stages of one call to Bedrock. */
class OutboundState {
  call: Credentialed;
  id: string;
  body: Buffer;
  share: Estimate | undefined;
  session: Session;
  durable: Promise<void> | undefined = undefined;
  tally: Tally | undefined = undefined;
  origin = "";
  signedHeaders: string[] = [];
  head: UpstreamHead | undefined = undefined;
  answer: UpstreamAnswer | undefined = undefined;
  refusal: UpstreamError | undefined = undefined;

  constructor({ call, id, body, share }: OutboundParts) {
    this.call = call;
    this.id = id;
    this.body = body;
    this.share = share;
    this.session = call.session;
  }
}

function stateOf(stage: Accepted): RequestState {
  return stage as unknown as RequestState;
}

function outboundStateOf(stage: Outbound): OutboundState {
  return stage as unknown as OutboundState;
}

/** For accept.ts. */
export function acceptedCall(request: Request): Accepted {
  return new RequestState(request) as unknown as Accepted;
}

/** For signature.ts. */
export function claimedCall(call: Accepted, claim: Claim): Claimed {
  const state = stateOf(call);
  state.claim = claim;
  return state as unknown as Claimed;
}

/** For authenticate.ts, by a secret. */
export function authenticatedCall(call: Accepted, { key, client, delegation }: Identity): Authenticated {
  const state = stateOf(call);
  state.key = key;
  state.client = client;
  state.delegation = delegation;
  return state as unknown as Authenticated;
}

/** For signature.ts, by a signature: `headers` are those that were signed. */
export function provenCall(
  call: Claimed,
  proof: { identity: Identity; headers: Headers; signedPayload: string; events: EventChain | undefined },
): Authenticated {
  const state = stateOf(call);
  state.claim = undefined;
  state.headers = proof.headers;
  state.signedPayload = proof.signedPayload;
  state.events = proof.events;
  return authenticatedCall(call, proof.identity);
}

/** For receive.ts. */
export function receivedCall(call: Authenticated, body: Buffer): Received {
  const state = stateOf(call);
  state.body = body;
  return state as unknown as Received;
}

/** For authorize.ts. */
export function authorizedCall(call: Received, target: Target, asked: ModelAsk | null): Authorized {
  const state = stateOf(call);
  state.target = target;
  state.asked = asked;
  return state as unknown as Authorized;
}

/** For translate.ts. */
export function translatedCall(call: Authorized, translation: Translation): Translated {
  const state = stateOf(call);
  state.outboundHeaders = translation.outboundHeaders;
  state.outboundBodies = translation.outboundBodies;
  state.answering = translation.answering;
  return state as unknown as Translated;
}

/** For limit.ts. */
export function limitedCall(call: Translated, { reservation, shares, price }: Allowance): Limited {
  const state = stateOf(call);
  state.reservation = reservation;
  state.shares = shares;
  state.price = price;
  return state as unknown as Limited;
}

/** For credential.ts. */
export function credentialedCall(call: Limited, session: Session): Credentialed {
  const state = stateOf(call);
  state.session = session;
  return state as unknown as Credentialed;
}

/** For discovery.ts: a request of Signet's own, as the caller of `call`. */
export function ownCall(
  call: Authenticated,
  own: { target: Target; translation: Translation; allowance: Allowance },
): Limited {
  const received = receivedCall(authenticatedCall(acceptedCall(call), call), Buffer.alloc(0));
  const authorized = authorizedCall(received, own.target, null);
  return limitedCall(translatedCall(authorized, own.translation), own.allowance);
}

/** For dispatch.ts. */
export function outboundCall(parts: OutboundParts): Outbound {
  return new OutboundState(parts) as unknown as Outbound;
}

/** For record.ts. */
export function recordedCall(call: Outbound, durable: Promise<void>, tally: Tally): Recorded {
  const state = outboundStateOf(call);
  state.durable = durable;
  state.tally = tally;
  return state as unknown as Recorded;
}

/** For credential.ts: before a second attempt. */
export function withSession(call: Recorded, session: Session): Recorded {
  const state = outboundStateOf(call);
  state.session = session;
  return state as unknown as Recorded;
}

/** For sign.ts. */
export function signedCall(call: Recorded, origin: string, signedHeaders: string[]): Signed {
  const state = outboundStateOf(call);
  state.origin = origin;
  state.signedHeaders = signedHeaders;
  return state as unknown as Signed;
}

/** For forward.ts. */
export function forwardedCall(
  call: Signed,
  { head, answer, refusal }: Pick<Forwarded, "head" | "answer" | "refusal">,
): Forwarded {
  const state = outboundStateOf(call);
  state.head = head;
  state.answer = answer;
  state.refusal = refusal;
  return state as unknown as Forwarded;
}
