/**
 * A stand-in for Bedrock that costs next to nothing: it answers any request on a raw socket with prepared bytes.
 * It checks no signature; correctness is tested elsewhere, speed here.
 */
import net from "node:net";
import { encodeFrame } from "../src/eventstream/encode.ts";

export interface MockUpstream {
  origin: string;
  close(): void;
}

/** Prepared answers, chosen by a word in the request's path. */
const UNARY_BODY = JSON.stringify({
  output: { message: { role: "assistant", content: [{ text: "x".repeat(850) }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 120, outputTokens: 210, totalTokens: 330 },
});
const UNARY = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-amzn-requestid: bench\r\ncontent-length: ${UNARY_BODY.length}\r\n\r\n${UNARY_BODY}`,
);
const STREAM_HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nx-amzn-requestid: bench\r\ntransfer-encoding: chunked\r\n\r\n",
);
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

function event(type: string, payload: unknown): Buffer {
  const frame = encodeFrame(
    new Map([
      [":event-type", { type: "string", value: type }],
      [":content-type", { type: "string", value: "application/json" }],
      [":message-type", { type: "string", value: "event" }],
    ]),
    Buffer.from(JSON.stringify(payload)),
  );
  return Buffer.concat([Buffer.from(`${frame.length.toString(16)}\r\n`), frame, Buffer.from("\r\n")]);
}

const DELTA = event("contentBlockDelta", {
  contentBlockIndex: 0,
  delta: { text: "some words of an answer" },
  p: "abcdefg",
});
const START = event("messageStart", { role: "assistant" });
const END = Buffer.concat([
  event("messageStop", { stopReason: "end_turn" }),
  event("metadata", {
    usage: { inputTokens: 120, outputTokens: 100, totalTokens: 220 },
    metrics: { latencyMs: 9 },
  }),
  LAST_CHUNK,
]);

export interface UpstreamTiming {
  /** Before the first byte of an answer. */
  firstByteMs: number;
  /** Between two events. */
  eventMs: number;
  /** Deltas in a stream. */
  events: number;
}

export async function startMockUpstream(timing: UpstreamTiming): Promise<MockUpstream> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let held: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (let size = requestSize(held); size > 0 && held.length >= size; size = requestSize(held)) {
        const streaming = held.subarray(0, 200).includes("-stream ");
        held = held.subarray(size);
        if (streaming) stream(socket, timing);
        else answer(socket, timing);
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as net.AddressInfo;
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Bytes of the request at the head of `held`, 0 while its head is incomplete. */
function requestSize(held: Buffer): number {
  const end = held.indexOf("\r\n\r\n");
  if (end < 0) return 0;
  const length = /content-length: *(\d+)/i.exec(held.toString("latin1", 0, end));
  return end + 4 + Number(length?.[1] ?? 0);
}

function answer(socket: net.Socket, { firstByteMs }: UpstreamTiming): void {
  if (firstByteMs === 0) socket.write(UNARY);
  else setTimeout(() => socket.write(UNARY), firstByteMs);
}

function stream(socket: net.Socket, { firstByteMs, eventMs, events }: UpstreamTiming): void {
  let sent = 0;
  const next = () => {
    if (socket.destroyed) return;
    if (sent === 0) socket.write(Buffer.concat([STREAM_HEAD, START]));
    else if (sent <= events) socket.write(DELTA);
    else {
      socket.write(END);
      return;
    }
    sent++;
    setTimeout(next, eventMs);
  };
  setTimeout(next, firstByteMs);
}
