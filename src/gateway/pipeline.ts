/**
 * The path of one request, top to bottom. Each step takes what the previous step returned.
 *
 *   accept → authenticate → receive → authorize → translate → limit → credential → record → (sign → forward) → relay
 *
 * A request of another protocol may become several calls to Bedrock; each is recorded, signed and sent separately.
 *
 * A failure at any step becomes one coded error. Before the intent is recorded it is written to the audit log as a
 * refusal (only for known callers: a stranger must not be able to fill the disk), afterwards as an outcome (ending.ts).
 */
import { SignetError } from "../core/errors.ts";
import { isBidirectional } from "../core/operations.ts";
import type { Exchange } from "../http/exchange.ts";
import { sendEmpty } from "../http/respond.ts";
import type { ModelsForm } from "../protocols/protocol.ts";
import { accept } from "./accept.ts";
import { authenticate } from "./authenticate.ts";
import { authorize } from "./authorize.ts";
import { watchCaller } from "./caller.ts";
import { credential } from "./credential.ts";
import { dispatch } from "./dispatch.ts";
import { cutError, end, endFailed, endRefused, endUnsent } from "./ending.ts";
import { CutError, Flight } from "./flight.ts";
import { limit, limitRequest } from "./limit.ts";
import type { Line } from "./line.ts";
import { answerModels } from "./models.ts";
import { receive } from "./receive.ts";
import { relay } from "./relay.ts";
import { relayStream } from "./relay-stream.ts";
import { relayWhole } from "./relay-whole.ts";
import {
  isRefused,
  type Authenticated,
  type Authorized,
  type Claimed,
  type Credentialed,
  type Received,
} from "./stages.ts";
import { translate } from "./translate.ts";

/** If the store can't be read, known keys are accepted for this long. */
const MAX_BEHIND_MS = 30_000;
/** Bedrock ends a bidirectional stream after eight minutes; this is for one that it doesn't end. */
const CONVERSATION_MS = (8 * 60 + 10) * 1000;
const NOTHING = Buffer.alloc(0);

export async function handle(line: Line, exchange: Exchange): Promise<void> {
  let known: Authenticated | undefined;
  try {
    const accepted = accept(exchange, line.settings.limits.bodyBytes);
    if (accepted.route.kind === "hello") return sendEmpty(exchange);
    const caller = authenticate(accepted, line.directory, line.clock.now());
    if (!caller.claim) known = caller;
    await proceed(line, caller, (received) => (known = received));
  } catch (thrown) {
    endUnsent(line, { exchange, known }, thrown);
  }
}

/**
 * Holds one of the limited places from before the body is read until the call has ended. `onKnown` is called as soon as
 * the caller is authenticated.
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
    const received = await receive(line, caller);
    onKnown(received);
    if (received.route.kind === "models") return await models(line, received, received.route.form);
    const limited = await limit(line, translate(await authorized(line, received)));
    try {
      await run(line, await credential(line, limited));
    } finally {
      limited.reservation.end();
    }
  } finally {
    line.places.give();
  }
}

async function models(line: Line, received: Received, form: ModelsForm): Promise<void> {
  (await limitRequest(line, received)).end();
  await answerModels(received, form, line.discovery);
}

/** Authorizes; an unknown model is looked up in Bedrock's lists, if the key may list, before it is refused. */
async function authorized(line: Line, received: Received): Promise<Authorized> {
  const { discovery, clock } = line;
  const known = discovery.known(received);
  try {
    return authorize(received, known, clock.now());
  } catch (thrown) {
    if (!(thrown instanceof SignetError) || thrown.code !== "unknown_model") throw thrown;
    const discovered = await discovery.models(received);
    if (discovered === known) throw thrown;
    return authorize(received, discovered, clock.now());
  }
}

/** From the intent to the outcome: whatever happens, each call to Bedrock is closed exactly once. */
async function run(line: Line, call: Credentialed): Promise<void> {
  const flight = new Flight(call, call.exchange.startedAt + mostMs(line, call));
  line.flights.add(flight);
  const unwatch = watchCaller(line, call.exchange, flight);
  try {
    // The key may have been revoked while the body or the session was awaited, before there was a flight to cut.
    if (!line.directory.usable(call, line.clock.now())) throw cutError(new CutError("revoked"));
    await answer(line, call, flight);
  } catch (thrown) {
    if (flight.tallies.length === 0) throw thrown;
    endFailed(line, call.exchange, flight, thrown);
  } finally {
    unwatch();
    line.flights.remove(flight);
  }
}

function mostMs({ settings }: Line, { target }: Credentialed): number {
  const total = settings.timeouts.totalSeconds * 1000;
  return isBidirectional(target.operation) ? Math.min(total, CONVERSATION_MS) : total;
}

/** Sends the calls that the request has become and relays the answer to the caller. */
async function answer(line: Line, call: Credentialed, flight: Flight): Promise<void> {
  const { answering, outboundBodies } = call;
  if (answering?.kind === "whole") return relayWhole(line, call, { whole: answering, flight });
  const body = outboundBodies[0] ?? NOTHING;
  const outbound = await dispatch(line, call, { body, number: undefined, flight });
  await outbound.durable;
  if (isRefused(outbound)) return endRefused(line, outbound, flight);
  const ending =
    answering?.kind === "stream"
      ? await relayStream(outbound, { streamed: answering, flight, clock: line.clock })
      : await relay(outbound, flight);
  end(line, outbound, flight, ending);
}

/** Refuses a call that could not be recorded, or whose key can't be checked. */
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

function placeless(line: Line): SignetError {
  if (line.draining) return draining();
  return new SignetError("overloaded", "Too many calls are in progress. Try again shortly.", {
    retryAfter: 1,
  });
}

function draining(): SignetError {
  return new SignetError("draining", "This gateway is shutting down.", { retryAfter: 1 });
}
