/** Callers on raw sockets: prepared requests out, answers counted by their framing. Cheap, so that it isn't measured. */
import net from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");
const STREAM_END = Buffer.from("\r\n0\r\n\r\n");

export interface Caller {
  /** Sends one request and resolves to the milliseconds until the first byte and until the end. */
  call(): Promise<{ firstByteMs: number; totalMs: number }>;
  close(): void;
}

const TEXT = "x".repeat(420);
const CONVERSE_BODY = JSON.stringify({ messages: [{ role: "user", content: [{ text: TEXT }] }] });

/** Chat Completions' request of about the same size. */
export function chatBody(model: string, stream: boolean): string {
  return JSON.stringify({ model, stream, messages: [{ role: "user", content: TEXT }] });
}

export function requestBytes(
  host: string,
  path: string,
  token: string,
  body = CONVERSE_BODY,
  headers: string[] = [],
): Buffer {
  const further = headers.map((header) => `${header}\r\n`).join("");
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\n${further}content-length: ${body.length}\r\n\r\n${body}`,
  );
}

/** Calls over one connection, which is reopened if the other side closed it between two calls. */
export async function connect(url: string, request: Buffer): Promise<Caller> {
  let socket = await dial(url);
  let answer = reading(socket);
  return {
    async call() {
      if (socket.destroyed || socket.readableEnded) {
        socket = await dial(url);
        answer = reading(socket);
      }
      const start = performance.now();
      socket.write(request);
      const { firstByte, end } = await answer();
      return { firstByteMs: firstByte - start, totalMs: end - start };
    },
    close: () => socket.destroy(),
  };
}

async function dial(url: string): Promise<net.Socket> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

interface Times {
  firstByte: number;
  end: number;
}

/** The returned function waits for the next whole answer. */
function reading(socket: net.Socket): () => Promise<Times> {
  let pending: { firstByte: number; resolve(times: Times): void; reject(error: Error): void } | undefined;
  let held: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    if (!pending) return;
    pending.firstByte ||= performance.now();
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (!held.subarray(0, 12).includes(" 200")) pending.reject(new Error(held.toString("latin1", 0, 400)));
    if (!isComplete(held)) {
      // Of a stream only the end matters: keep the head (for its status) and the tail.
      if (held.length > 65_536) held = Buffer.concat([held.subarray(0, 512), held.subarray(-64)]);
      return;
    }
    held = Buffer.alloc(0);
    const answered = pending;
    pending = undefined;
    answered.resolve({ firstByte: answered.firstByte, end: performance.now() });
  });
  const fail = () => pending?.reject(new Error("the connection was closed"));
  socket.on("close", fail);
  socket.on("error", fail);
  return () =>
    new Promise((resolve, reject) => {
      pending = { firstByte: 0, resolve, reject };
    });
}

function isComplete(held: Buffer): boolean {
  const end = held.indexOf(HEAD_END);
  if (end < 0) return false;
  const length = /content-length: *(\d+)/i.exec(held.toString("latin1", 0, end));
  if (length) return held.length >= end + 4 + Number(length[1]);
  return held.subarray(-STREAM_END.length).equals(STREAM_END);
}

/** `connections` callers, each with one call after the other, `calls` in all. Resolves to the total times, ms. */
export async function closedLoop(callers: Caller[], calls: number): Promise<number[]> {
  const times: number[] = [];
  let left = calls;
  await Promise.all(
    callers.map(async (caller) => {
      while (left-- > 0) times.push((await caller.call()).totalMs);
    }),
  );
  return times;
}

/** `rate` calls a second for `seconds`, sent when due whether or not earlier ones are back. */
export async function openLoop(callers: Caller[], rate: number, seconds: number): Promise<number[]> {
  const idle = [...callers];
  const times: number[] = [];
  const running: Promise<void>[] = [];
  const start = performance.now();
  for (let sent = 0; sent < rate * seconds; sent++) {
    const due = start + (sent * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => void setTimeout(resolve, wait));
    const caller = idle.shift();
    if (!caller) throw new Error("too few connections for this rate");
    running.push(timed(caller, times).finally(() => idle.push(caller)));
  }
  await Promise.all(running);
  return times;
}

async function timed(caller: Caller, times: number[]): Promise<void> {
  times.push((await caller.call()).totalMs);
}
