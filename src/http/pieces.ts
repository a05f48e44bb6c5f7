/**
 * Writes an answer of unknown length piece by piece. Over HTTP/1.1 the chunks are framed here and go directly to the
 * connection: Node's `response.write` makes four buffers of each, and counts bytes where the connection counts
 * characters, so that with non-Latin text it may never signal that it can take more.
 */
import { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpResponse } from "./exchange.ts";

/** Larger ones are not worth a copy. */
const MAX_COPIED = 16 * 1024;

export class PieceWriter {
  readonly #response: HttpResponse;
  readonly #onDrain: () => void;
  /** Whether the head has been sent. */
  #begun = false;

  /** `onDrain` is called when more can be written after a `write` that returned false. */
  constructor(response: HttpResponse, onDrain: () => void) {
    this.#response = response;
    this.#onDrain = onDrain;
    response.on("drain", onDrain);
  }

  /** Returns false if the writer should wait for `onDrain`. `bytes`: the piece's length in UTF-8. */
  write(piece: Buffer | string, bytes: number): boolean {
    // Framed, an empty piece would be the answer's end.
    if (bytes === 0) return true;
    const response = this.#response;
    const socket = chunkedSocket(response);
    if (!socket) return response.write(piece);
    socket.cork();
    if (!this.#begun && response instanceof ServerResponse) response.flushHeaders();
    this.#begun = true;
    const taken = writeChunk(socket, piece, bytes);
    socket.uncork();
    if (!taken) socket.once("drain", this.#onDrain);
    return taken;
  }

  /** Whether the writer should wait for `onDrain`. */
  get full(): boolean {
    return this.#response.writableNeedDrain || chunkedSocket(this.#response)?.writableNeedDrain === true;
  }
}

/** The connection of a chunked answer, if it is this answer's turn on it. */
function chunkedSocket(response: HttpResponse): Socket | null {
  return response instanceof ServerResponse && response.chunkedEncoding ? response.socket : null;
}

function writeChunk(socket: Socket, piece: Buffer | string, bytes: number): boolean {
  const size = `${bytes.toString(16)}\r\n`;
  if (typeof piece === "string") return socket.write(`${size}${piece}\r\n`);
  if (bytes <= MAX_COPIED) return socket.write(framed(size, piece));
  socket.write(size, "latin1");
  socket.write(piece);
  return socket.write("\r\n", "latin1");
}

function framed(size: string, piece: Buffer): Buffer {
  const chunk = Buffer.allocUnsafe(size.length + piece.length + 2);
  chunk.write(size, "latin1");
  chunk.set(piece, size.length);
  chunk.write("\r\n", size.length + piece.length, "latin1");
  return chunk;
}
