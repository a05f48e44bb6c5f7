/** HTTP/2 frame by frame, for what no client library would send. */
import net from "node:net";
import { setImmediate } from "node:timers/promises";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const END_HEADERS = 4;

export interface Frame {
  type: keyof typeof FRAME;
  stream?: number;
  flags?: number;
  payload?: Buffer;
}

export function frame({ type, stream = 0, flags = 0, payload = Buffer.alloc(0) }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(FRAME[type], 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block without compression: literals that nobody remembers. */
export function headerBlock(headers: Record<string, string>): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([integer(bytes.length), bytes]);
  };
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]),
  );
}

/** HPACK's integers, after a prefix of seven bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/**
 * Sends the batches of `next`, no faster than they are read, until the other side ends the connection or `next` gives
 * nothing more. Settles with whether the other side ended it.
 */
export async function flood(url: string, next: () => Buffer | undefined): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port) });
  const over = () => socket.readableEnded || socket.destroyed;
  const gone = new Promise((resolve) => void socket.once("close", resolve));
  const taken = () => new Promise((resolve) => void socket.once("drain", resolve));
  socket.on("error", () => undefined);
  // Its answers don't matter, but with a full window it could not send any.
  socket.resume();
  socket.write(PREFACE);
  socket.write(frame({ type: "settings" }));
  for (let batch = next(); batch && !over(); batch = next()) {
    if (!socket.write(batch)) await Promise.race([taken(), gone]);
    else await setImmediate();
  }
  const ended = over();
  socket.destroy();
  return ended;
}
