/**
 * One port for HTTP/1.1, HTTP/2 with prior knowledge (h2c) and TLS (h2 and http/1.1 by ALPN). The first bytes of a
 * connection show which it is: 0x16 begins a TLS handshake, "PRI" the HTTP/2 preface.
 */
import net from "node:net";
import tls from "node:tls";
import type { Timer } from "../core/clock.ts";
import type { HttpParts, HttpSide } from "./http-side.ts";
import { http1Side } from "./http1.ts";
import { http2Side } from "./http2.ts";

export interface ListenSettings {
  host: string;
  port: number;
  /** PEM texts. `plaintext`: serve unencrypted callers on the same port as well. */
  tls?: { cert: string; key: string; plaintext: boolean };
}

export interface Listener {
  readonly address: net.AddressInfo;
  /** Stops accepting connections, ends each as soon as nothing runs on it, and resolves when all have ended. */
  close(): Promise<void>;
  destroy(): void;
}

const FIRST_BYTES_MS = 5_000;
const TLS_HANDSHAKE = 0x16;
const TLS_HANDSHAKE_MS = 10_000;
const LETTER_P = 0x50;
const RELEASE_MS = 250;

export async function listen(settings: ListenSettings, parts: HttpParts): Promise<Listener> {
  const sockets = new Set<net.Socket>();
  const one = http1Side(parts);
  const two = http2Side(parts);
  const secure = settings.tls ? tlsServer(settings.tls, one, two) : undefined;
  const plaintext = settings.tls?.plaintext ?? true;

  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Nothing needs to know of a connection that fails.
    socket.on("error", () => socket.destroy());
    sniff(socket, (first) => {
      const isTls = first[0] === TLS_HANDSHAKE;
      const isHttp1 = !isTls && first.toString("latin1", 0, 3) !== "PRI";
      // Node's HTTP/1.1 server handles half-closed connections; the others would not notice that the caller left.
      socket.allowHalfOpen = isHttp1;
      if (isTls && secure) secure.emit("connection", socket);
      else if (isTls || !plaintext) socket.destroy();
      else (isHttp1 ? one : two).accept(socket);
    });
  });
  try {
    await bound(server, settings);
  } catch (thrown) {
    one.close();
    two.close();
    throw thrown;
  }
  let release: Timer | undefined;
  const releaseIdle = () => {
    one.releaseIdle();
    two.releaseIdle();
  };
  return {
    address: server.address() as net.AddressInfo,
    close() {
      releaseIdle();
      release ??= parts.clock.setInterval(releaseIdle, RELEASE_MS);
      return new Promise((resolve) => void server.close(() => resolve()));
    },
    destroy() {
      parts.clock.clear(release);
      server.close();
      one.close();
      two.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function bound(server: net.Server, { port, host }: ListenSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Reads the first bytes, puts them back, and passes the connection on. */
function sniff(socket: net.Socket, handOver: (first: Buffer) => void): void {
  let held: Buffer = Buffer.alloc(0);
  const giveUp = () => socket.destroy();
  const onReadable = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    // "P" alone could be the beginning of POST as well as of PRI.
    if (held[0] === LETTER_P && held.length < 3) return;
    socket.setTimeout(0);
    socket.removeListener("timeout", giveUp);
    socket.removeListener("end", giveUp);
    socket.removeListener("readable", onReadable);
    socket.unshift(held);
    handOver(held);
  };
  socket.setTimeout(FIRST_BYTES_MS, giveUp);
  socket.once("end", giveUp);
  socket.on("readable", onReadable);
}

function tlsServer({ cert, key }: { cert: string; key: string }, one: HttpSide, two: HttpSide): tls.Server {
  const server = tls.createServer({
    cert,
    key,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: TLS_HANDSHAKE_MS,
  });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    (socket.alpnProtocol === "h2" ? two : one).accept(socket);
  });
  // Also emitted for a handshake that takes too long.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}
