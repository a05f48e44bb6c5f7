/**
 * A fake Bedrock with negligible cost: it answers any request on a raw socket with prepared bytes. It checks no
 * signatures; correctness is tested elsewhere.
 */
import net from "node:net";
import tls from "node:tls";
import { encodeFrame } from "../src/eventstream/encode.ts";
import type { Certificate } from "./certificate.ts";

export interface MockUpstream {
  origin: string;
  close(): void;
}

/** Prepared answers, chosen by the end of the request's path. */
const TEXT = "x".repeat(850);
const UNARY = answerOf({
  output: { message: { role: "assistant", content: [{ text: TEXT }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 120, outputTokens: 210, totalTokens: 330 },
});
/** Claude's own form, which InvokeModel answers with. */
const INVOKED = answerOf({
  id: "msg_bench",
  type: "message",
  role: "assistant",
  model: "claude-3-5-haiku-20241022",
  content: [{ type: "text", text: TEXT }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 120, output_tokens: 210 },
});
const STREAM_HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nx-amzn-requestid: bench\r\ntransfer-encoding: chunked\r\n\r\n",
);
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

function answerOf(body: unknown): Buffer {
  const json = JSON.stringify(body);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-amzn-requestid: bench\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
  );
}

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

/** With a certificate it speaks TLS, as `localhost`. */
export async function startMockUpstream(
  timing: UpstreamTiming,
  certificate?: Certificate,
): Promise<MockUpstream> {
  const sockets = new Set<net.Socket>();
  const serve = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on(
      "data",
      requestReader((head) => respond(socket, head, timing)),
    );
  };
  const server = certificate
    ? tls.createServer({ ...certificate, noDelay: true }, serve)
    : net.createServer({ noDelay: true }, serve);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as net.AddressInfo;
  return {
    origin: certificate ? `https://localhost:${address.port}` : `http://127.0.0.1:${address.port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Calls `onRequest` with the head of each request that has arrived whole. Bodies are counted, never kept. */
function requestReader(onRequest: (head: string) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let head = "";
  let missing = 0;
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      if (head === "") {
        const end = held.indexOf("\r\n\r\n");
        if (end < 0) return;
        head = held.toString("latin1", 0, end);
        held = held.subarray(end + 4);
        missing = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      }
      const taken = Math.min(missing, held.length);
      held = held.subarray(taken);
      missing -= taken;
      if (missing > 0) return;
      onRequest(head);
      head = "";
    }
  };
}

function respond(socket: net.Socket, head: string, timing: UpstreamTiming): void {
  const path = head.slice(0, head.indexOf(" HTTP/"));
  if (path.endsWith("-stream")) return stream(socket, timing);
  const answer = path.endsWith("/invoke") ? INVOKED : UNARY;
  if (timing.firstByteMs === 0) socket.write(answer);
  else setTimeout(() => socket.write(answer), timing.firstByteMs);
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
