/**
 * Reads the body once the caller is known: SigV4 signs the real hash of the real bytes, so a request must be complete
 * before it is sent on. The size is bounded as the bytes arrive. If the caller signed, the body's hash is checked here.
 */
import { hash } from "node:crypto";
import type { Readable } from "node:stream";
import { Chunks } from "../core/chunks.ts";
import { SignetError } from "../core/errors.ts";
import { isBidirectional } from "../core/operations.ts";
import { verifyPayload } from "../sigv4/verify.ts";
import { receivedCall } from "./advance.ts";
import type { Line } from "./line.ts";
import { proven } from "./signature.ts";
import type { Accepted, Authenticated, Claimed, Received } from "./stages.ts";

/** For the whole body, however slowly it arrives. */
const BODY_MS = 30_000;
const NOTHING = Buffer.alloc(0);

export async function receive(
  line: Pick<Line, "clock" | "settings" | "unproven">,
  caller: Authenticated | Claimed,
): Promise<Received> {
  if (caller.claim) return receiveClaimed(line, caller);
  const { route, exchange } = caller;
  if (route.kind === "native" && isBidirectional(route.operation)) {
    if (exchange.request.httpVersionMajor < 2)
      throw new SignetError("malformed_request", `${route.operation} needs HTTP/2.`);
    // Its events are read once there is a call to Bedrock (events.ts).
    return receivedCall(caller, NOTHING);
  }
  const body = await bodyOf(line, caller);
  if (caller.signedPayload !== undefined) verifyPayload(caller.signedPayload, body);
  return receivedCall(caller, body);
}

/** The signature covers the body; until it has arrived, the request may be a stranger's. */
async function receiveClaimed(
  line: Pick<Line, "clock" | "settings" | "unproven">,
  caller: Claimed,
): Promise<Received> {
  const leave = line.unproven.enter(caller.claim.holder.identity.key.id);
  try {
    const body = await bodyOf(line, caller);
    return receivedCall(proven(caller, hash("sha256", body, "hex")), body);
  } finally {
    leave();
  }
}

async function bodyOf(
  { clock, settings }: Pick<Line, "clock" | "settings">,
  { exchange, headers }: Accepted,
): Promise<Buffer> {
  const { request, response } = exchange;
  if (request.method === "GET") return NOTHING;
  if (headers.get("expect") !== undefined) response.writeContinue();
  return collect(request, settings.limits.bodyBytes, clock);
}

function collect(request: Readable, bodyLimit: number, clock: Line["clock"]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks = new Chunks(bodyLimit);
    const refuse = (code: "request_timeout" | "body_too_large" | "malformed_request", message: string) => {
      settle();
      reject(new SignetError(code, message));
    };
    const timer = clock.setTimeout(
      () => refuse("request_timeout", "The request body took too long to arrive."),
      BODY_MS,
    );
    const settle = () => {
      clock.clear(timer);
      request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
    };
    const onData = (chunk: Buffer) => {
      if (chunks.add(chunk)) return;
      request.pause();
      refuse("body_too_large", `The request body is larger than ${bodyLimit} bytes.`);
    };
    const onEnd = () => {
      settle();
      resolve(chunks.whole());
    };
    const onGone = () => refuse("malformed_request", "The request body ended early.");
    request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  });
}
