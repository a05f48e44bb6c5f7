/** Every answer that comes back on one connection: a smuggled request gives one too many. */
import net from "node:net";

export interface Answer {
  status: number;
  body: string;
}

export interface Conversation {
  /** Whole answers in their order, without interim ones and without the one to `LAST`. */
  answers: Answer[];
  /** `LAST` was answered: the connection was open until then. */
  stood: boolean;
}

const LAST_PATH = "/the-last-one";

/** A request that is always refused, by an answer that names its path, and that ends the connection. */
const LAST = `GET ${LAST_PATH} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n`;

/** Sends the bytes, sends `LAST` once there is an answer, and resolves when the connection has ended. */
export function converse(url: string, bytes: Buffer): Promise<Conversation> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let asked = false;
  const said = () => answersIn(Buffer.concat(chunks), bytes.toString("latin1", 0, 5) === "HEAD ");
  return new Promise((resolve) => {
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (asked || said().length === 0) return;
      asked = true;
      socket.write(LAST);
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => undefined);
    socket.on("close", () => {
      const answers = said();
      const others = answers.filter(({ body }) => !body.includes(LAST_PATH));
      resolve({ answers: others, stood: others.length < answers.length });
    });
  });
}

/** Whole answers, by their framing. */
function answersIn(bytes: Buffer, toHead: boolean): Answer[] {
  const answers: Answer[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return answers;
    const head = rest.toString("latin1", 0, end);
    const status = Number(head.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length));
    const bodiless = status < 200 || (toHead && answers.length === 0);
    const after = rest.subarray(end + 4);
    const framed = bodiless ? { body: "", rest: after } : bodyOf(head, after);
    if (framed === undefined) return answers;
    if (status >= 200) answers.push({ status, body: framed.body });
    rest = framed.rest;
  }
}

function bodyOf(head: string, rest: Buffer): { body: string; rest: Buffer } | undefined {
  if (/^transfer-encoding: *chunked/im.test(head)) return dechunked(rest);
  const [, length] = /^content-length: *(\d+)/im.exec(head) ?? [];
  // Without a length it ends with the connection: everything received belongs to it.
  const size = length === undefined ? rest.length : Number(length);
  if (rest.length < size) return undefined;
  return { body: rest.toString("utf8", 0, size), rest: rest.subarray(size) };
}

function dechunked(bytes: Buffer): { body: string; rest: Buffer } | undefined {
  let body = "";
  let rest = bytes;
  for (;;) {
    const line = rest.indexOf("\r\n");
    if (line < 0) return undefined;
    const size = Number.parseInt(rest.toString("latin1", 0, line), 16);
    const after = line + 2 + size + 2;
    if (rest.length < after) return undefined;
    body += rest.toString("utf8", line + 2, line + 2 + size);
    rest = rest.subarray(after);
    if (size === 0) return { body, rest };
  }
}
