/** Raw HTTP/1.1 for requests that no client library would send, and a plain call for others. */
import net from "node:net";

export interface RawAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
  /** Whether the message ended as its framing requires. */
  complete: boolean;
}

/** Writes exactly these bytes and reads until the connection ends or the answer is complete. */
export async function raw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (parse(Buffer.concat(chunks)).complete) resolve();
    });
    socket.on("close", () => resolve());
    socket.on("error", () => resolve());
    socket.on("connect", () => socket.write(bytes));
  });
  socket.destroy();
  return parse(Buffer.concat(chunks));
}

function parse(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return { status: 0, headers: {}, body: "", complete: false };
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const rest = bytes.subarray(end + 4);
  const status = Number(statusLine.split(" ")[1]);
  const length = headers["content-length"];
  const complete =
    length === undefined
      ? headers["transfer-encoding"] === "chunked" && rest.subarray(-5).toString("latin1") === "0\r\n\r\n"
      : rest.length >= Number(length);
  return { status, headers, body: rest.toString("utf8"), complete };
}

export interface RequestParts {
  method?: string;
  path?: string;
  headers?: string[];
  body?: string;
  /** Leaves out content-length. */
  unframed?: boolean;
}

/** The text of a request; `headers` are whole lines. */
export function request({
  method = "POST",
  path = "/",
  headers = [],
  body = "",
  unframed,
}: RequestParts): string {
  const framing = unframed || method === "GET" ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return [`${method} ${path} HTTP/1.1`, "host: gateway", ...headers, ...framing, "", body].join("\r\n");
}

export function converseBody(text: string): string {
  return JSON.stringify({ messages: [{ role: "user", content: [{ text }] }] });
}
