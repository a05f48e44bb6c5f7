/** In place of Bedrock, a server that sends exactly what a test specifies, byte by byte and step by step. */
import net from "node:net";
import { eventFrame } from "../../sandbox/bedrock/eventstream.ts";

export interface Upstream {
  url: string;
  /** Whole requests received. */
  readonly requests: number;
  close(): Promise<void>;
}

/** `serve` is called with each request's connection, once the request has arrived completely. */
export async function startUpstream(serve: (socket: net.Socket) => void | Promise<void>): Promise<Upstream> {
  const sockets = new Set<net.Socket>();
  let requests = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = requestLength(received);
      if (length === undefined || received.length < length) return;
      received = received.subarray(length);
      requests++;
      void serve(socket);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function requestLength(received: Buffer): number | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [, length = "0"] = /\r\ncontent-length: ?(\d+)/i.exec(received.toString("latin1", 0, end)) ?? [];
  return end + 4 + Number(length);
}

export const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n\r\n";
export const LAST_CHUNK = "0\r\n\r\n";

/** One event as a chunk of an HTTP/1.1 body. */
export function eventChunk(type: string, payload: object): Buffer {
  return chunked(eventFrame(type, payload));
}

export function chunked(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
