/**
 * THE line: the way of one request, top to bottom. Each step takes what the step before it returned.
 *
 *   accept → authenticate → receive → authorize → translate → limit → credential → record → (sign → forward) → relay
 *
 * A request of another protocol may become several calls to Bedrock; each is recorded, signed and sent by itself.
 *
 * An error leaves the line at any step as one coded error. Before the intent is recorded it leaves a refusal in the
 * audit log (of known callers: a stranger must not be able to fill the disk), after it an outcome.
 */
import { asSignetError, SignetError } from "../core/errors.ts";
import { accept } from "./accept.ts";
import { authenticate } from "./authenticate.ts";
import { authorize } from "./authorize.ts";
import { watchCaller } from "./caller.ts";
import { credential } from "./credential.ts";
import { CutError, Flight } from "./flight.ts";
import { dispatch } from "./dispatch.ts";
import { limit, limitRequest } from "./limit.ts";
import type { Line } from "./line.ts";
import { answerModels } from "./models.ts";
import { reasonOf } from "../core/reason.ts";
import { receive } from "./receive.ts";
import { cutError, relay } from "./relay.ts";
import { relayStream } from "./relay-stream.ts";
import { relayWhole } from "./relay-whole.ts";
import { sendEmpty, sendError } from "../http/respond.ts";
import type { Tally } from "./tally.ts";
import { translate } from "./translate.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Accepted, Authenticated, Authorized, Claimed, Credentialed, Received } from "./types.ts";

/** While the store can't be read, keys that were known before serve this long. */
const MAX_BEHIND_MS = 30_000;

export async function handle(line: Line, exchange: Exchange): Promise<void> {
  let known: Authenticated | undefined;
  try {
    const accepted: Accepted = accept(exchange, line.settings.limits.bodyBytes);
    if (accepted.route.kind === "hello") return sendEmpty(exchange);
    const caller = authenticate(accepted, line.directory, line.clock.now());
    if (!("claim" in caller)) known = caller;
    await proceed(line, caller, (received) => (known = received));
  } catch (thrown) {
    const error = asSignetError(thrown);
    sendError(exchange, error);
    logFailure(line, exchange, error);
    if (known) refuse(line, known, error);
    else line.observer?.unauthenticated(error.code);
  }
}

/**
 * Holds one of the limited places from before the body is read until the call has ended. `onKnown` hears who calls as
 * soon as that is certain.
 */
async function proceed(
  line: Line,
  caller: Authenticated | Claimed,
  onKnown: (known: Authenticated) => void,
): Promise<void> {
  refuseUnrecordable(line);
  const place = line.places.take(caller.exchange.response);
  if (place === false || (place !== true && !(await place))) throw placeless(line);
  try {
    const received = await receiveFrom(line, caller);
    onKnown(received);
    if (received.route.kind === "models") {
      (await limitRequest(line, received)).end();
      return await answerModels(received, received.route.form, line.discovery);
    }
    const translated = translate(await authorized(line, received));
    const limited = await limit(line, translated);
    try {
      await run(line, await credential(line, limited));
    } finally {
      limited.reservation.end();
    }
  } finally {
    line.places.give();
  }
}

async function receiveFrom(line: Line, caller: Authenticated | Claimed): Promise<Received> {
  const { bodyBytes } = line.settings.limits;
  if (!("claim" in caller)) return receive(caller, bodyBytes);
  const leave = line.unproven.enter(caller.claim.holder.identity.key.id);
  try {
    return await receive(caller, bodyBytes);
  } finally {
    leave();
  }
}

function placeless(line: Line): SignetError {
  if (line.draining) return draining();
  return new SignetError("overloaded", "Too many calls are in progress. Try again shortly.", {
    retryAfter: 1,
  });
}

/** Authorizes; a model that isn't known is looked up in Bedrock's lists, where the key may, before it is refused. */
async function authorized(line: Line, received: Received): Promise<Authorized> {
  const known = line.discovery.known(received);
  try {
    return authorize(received, known);
  } catch (thrown) {
    if (!(thrown instanceof SignetError) || thrown.code !== "unknown_model") throw thrown;
    const discovered = await line.discovery.models(received);
    if (discovered === known) throw thrown;
    return authorize(received, discovered);
  }
}

function draining(): SignetError {
  return new SignetError("draining", "This gateway is shutting down.", { retryAfter: 1 });
}

/** Refuses a call that could not be recorded, or whose key can't be known to be valid. */
function refuseUnrecordable(line: Line): void {
  if (line.draining) throw draining();
  if (!line.audit.available()) {
    throw new SignetError("audit_unavailable", "The call can't be recorded at the moment.", {
      retryAfter: 5,
    });
  }
  if (line.behind() > MAX_BEHIND_MS) {
    throw new SignetError("store_unavailable", "Keys can't be checked at the moment.", { retryAfter: 5 });
  }
}

/** From the intent to the outcome: whatever happens in here, each call to Bedrock is closed exactly once. */
async function run(line: Line, call: Credentialed): Promise<void> {
  const flight = new Flight(call, call.exchange.startedAt + line.settings.timeouts.totalSeconds * 1000);
  line.flights.add(flight);
  const unwatch = watchCaller(line, call.exchange, flight);
  const tallies: Tally[] = [];
  try {
    // A key revoked while the body or the session was under way: there was no flight yet that could be cut.
    if (!line.directory.usable(call, line.clock.now())) throw cutError(new CutError("revoked"));
    await answer(line, call, { flight, tallies });
  } catch (thrown) {
    if (tallies.length === 0) throw thrown;
    const error = thrown instanceof CutError ? cutError(thrown) : asSignetError(thrown);
    flight.cut("shutdown");
    sendError(call.exchange, error);
    logFailure(line, call.exchange, error);
    for (const tally of tallies) close(tally, flight, error);
  } finally {
    unwatch();
    line.flights.remove(flight);
  }
}

/** Sends what the request has become and hands the answer to the caller. */
async function answer(
  line: Line,
  call: Credentialed,
  { flight, tallies }: { flight: Flight; tallies: Tally[] },
): Promise<void> {
  const { outboundBodies, answering } = call;
  const onOpen = (tally: Tally) => void tallies.push(tally);
  const several = outboundBodies.length > 1;
  const send = (body: Buffer, index: number) =>
    dispatch(line, call, { body, flight, onOpen, ...(several && { number: index + 1 }) });
  if (answering?.kind === "whole") return relayWhole(line, call, { whole: answering, flight, send });
  const { forwarded, tally } = await send(outboundBodies[0] ?? Buffer.alloc(0), 0);
  if (answering?.kind === "stream")
    return relayStream(line, forwarded, { streamed: answering, flight, tally });
  return relay(line, forwarded, flight, tally);
}

function close(tally: Tally, flight: Flight, error: SignetError): void {
  if (flight.callerGone) return tally.close("client_gone");
  tally.error = error.code;
  tally.status = error.status;
  if (error.code === "authentication_failed") return tally.close("revoked");
  tally.close(error.code.startsWith("upstream_") ? "upstream_error" : "gateway_error");
}

function refuse(line: Line, call: Authenticated, error: SignetError): void {
  const { route, headers } = call;
  const refusal = {
    call: call.exchange.id,
    client: call.client.name,
    key: call.key.id,
    delegation: call.delegation.name,
    protocol: call.exchange.protocol.name,
    operation: route.kind === "native" ? route.operation : route.endpoint,
    model: named(route.params[0]),
    region: call.delegation.region,
    status: error.status,
    error: error.code,
    remote: call.exchange.remote,
  };
  line.audit.refusal(refusal);
  line.observer?.refused(refusal, {
    traceparent: headers.get("traceparent"),
    tracestate: headers.get("tracestate"),
  });
}

/** A path parameter as people read it; a malformed one as it came. */
function named(raw: string | undefined): string | null {
  if (raw === undefined) return null;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

function logFailure(line: Line, exchange: Exchange, error: SignetError): void {
  const { code, cause } = error;
  const fields = { call: exchange.id, code, ...(cause === undefined ? {} : { reason: reasonOf(cause) }) };
  if (error.code === "internal")
    line.log.error({ ...fields, stack: cause instanceof Error ? cause.stack : undefined }, error.message);
  else if (error.status >= 500) line.log.warn(fields, error.message);
  else line.log.debug(fields, error.message);
}
