/**
 * Reads the body, once the caller is known: SigV4 signs the real hash of the real bytes, so a request is complete
 * before it is sent on. The size is bounded as the bytes arrive. A caller who signed is held to the body's hash here.
 */
import { hash } from "node:crypto";
import type { Readable } from "node:stream";
import { SignetError } from "../core/errors.ts";
import { verifyPayload } from "../sigv4/verify.ts";
import { proven } from "./signature.ts";
import type { Accepted, Authenticated, Claimed, Received } from "./types.ts";

/** For the whole body, however it trickles in. */
const BODY_MS = 30_000;
const NOTHING = Buffer.alloc(0);

export async function receive(caller: Authenticated | Claimed, bodyLimit: number): Promise<Received> {
  const body = await bodyOf(caller, bodyLimit);
  if ("claim" in caller) return { ...proven(caller, hash("sha256", body, "hex")), body };
  if (caller.signedPayload !== undefined) verifyPayload(caller.signedPayload, body);
  return { ...caller, body };
}

async function bodyOf({ exchange, headers }: Accepted, bodyLimit: number): Promise<Buffer> {
  const { request, response } = exchange;
  if (request.method === "GET") return NOTHING;
  if (headers.get("expect") !== undefined) response.writeContinue();
  return collect(request, bodyLimit);
}

function collect(request: Readable, bodyLimit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      settle();
      reject(new SignetError("request_timeout", "The request body took too long to arrive."));
    }, BODY_MS);
    const settle = () => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) return chunks.push(chunk);
      settle();
      request.pause();
      return reject(new SignetError("body_too_large", `The request body is larger than ${bodyLimit} bytes.`));
    };
    const onEnd = () => {
      settle();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    };
    const onGone = () => {
      settle();
      reject(new SignetError("malformed_request", "The request body ended early."));
    };
    request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  });
}
