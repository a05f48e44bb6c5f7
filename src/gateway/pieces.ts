/**
 * Writes an answer of unknown length piece by piece. Of each piece Node's HTTP/1.1 server makes four buffers (length,
 * line end, piece, line end) and gathers them again; here a small piece is framed in one.
 */
import { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpResponse } from "./types.ts";

/** Larger ones are not worth a copy. */
const MAX_COPIED = 16 * 1024;

export class PieceWriter {
  readonly #response: HttpResponse;
  readonly #onDrain: () => void;
  /** Whether the head is on its way: it leaves with the first piece, by Node's hand. */
  #begun = false;

  /** `onDrain`: after a `write` that returned false, once more can be taken. */
  constructor(response: HttpResponse, onDrain: () => void) {
    this.#response = response;
    this.#onDrain = onDrain;
    response.on("drain", onDrain);
  }

  /** False where the caller should be waited for. `bytes`: the piece's length in UTF-8. */
  write(piece: Buffer | string, bytes: number): boolean {
    // What Node has of the answer it may keep until the end of the turn: then this has to wait behind it.
    const isFree = this.#begun && this.#response.writableCorked === 0;
    // Framed, an empty piece would be the answer's end.
    const isSmall = bytes > 0 && bytes <= MAX_COPIED;
    const socket = isFree && isSmall ? chunkedSocket(this.#response) : null;
    this.#begun = true;
    if (!socket) return this.#response.write(piece);
    if (socket.write(typeof piece === "string" ? framedText(piece, bytes) : framedBytes(piece))) return true;
    socket.once("drain", this.#onDrain);
    return false;
  }

  /** Whether the caller has to be waited for. */
  get full(): boolean {
    return this.#response.writableNeedDrain || chunkedSocket(this.#response)?.writableNeedDrain === true;
  }
}

/** The connection of an answer in chunks whose turn it is on it. */
function chunkedSocket(response: HttpResponse): Socket | null {
  return response instanceof ServerResponse && response.chunkedEncoding ? response.socket : null;
}

function framedText(text: string, bytes: number): string {
  return `${bytes.toString(16)}\r\n${text}\r\n`;
}

function framedBytes(piece: Buffer): Buffer {
  const size = `${piece.length.toString(16)}\r\n`;
  const framed = Buffer.allocUnsafe(size.length + piece.length + 2);
  framed.write(size, "latin1");
  framed.set(piece, size.length);
  framed.write("\r\n", size.length + piece.length, "latin1");
  return framed;
}
