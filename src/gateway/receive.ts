/**
 * Reads the body, once the caller is known: SigV4 signs the real hash of the real bytes, so a request is complete
 * before it is sent on. The size is bounded as the bytes arrive.
 */
import { SignetError } from "../core/errors.ts";
import type { Authenticated, Received } from "./types.ts";

const NOTHING = Buffer.alloc(0);

export async function receive(authenticated: Authenticated, bodyLimit: number): Promise<Received> {
  const { request, response } = authenticated.exchange;
  if (request.method === "GET") return { ...authenticated, body: NOTHING };
  if (authenticated.headers.get("expect") !== undefined) response.writeContinue();
  const body = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) chunks.push(chunk);
      else {
        request.pause();
        reject(new SignetError("body_too_large", `The request body is larger than ${bodyLimit} bytes.`));
      }
    });
    request.on("end", () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)),
    );
    const gone = () => reject(new SignetError("malformed_request", "The request body ended early."));
    request.on("aborted", gone);
    request.on("error", gone);
    request.on("close", gone);
  });
  return { ...authenticated, body };
}
