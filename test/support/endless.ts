/** In place of Bedrock: whole answers that repeat the question, and streams that continue as long as they are read. */
import http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { eventFrame } from "../../sandbox/bedrock/eventstream.ts";

export interface Endless {
  url: string;
  /** Streams that have not ended. */
  readonly open: number;
  /** Bytes of streams that were read so far. */
  readonly taken: number;
  close(): void;
}

const EVENTS = Buffer.concat(
  Array.from({ length: 64 }, () =>
    eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "x".repeat(1000) } }),
  ),
);

export async function startEndless(): Promise<Endless> {
  const open = new Set<http.ServerResponse>();
  let taken = 0;
  const flow = (response: http.ServerResponse) => {
    do taken += EVENTS.length;
    while (response.write(EVENTS));
  };
  const server = http.createServer((request, response) => {
    if (!request.url?.endsWith("-stream")) {
      void repeat(request, response);
      return;
    }
    open.add(response);
    response.on("close", () => open.delete(response)).on("error", () => undefined);
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    response.write(eventFrame("messageStart", { role: "assistant" }));
    response.on("drain", () => flow(response));
    flow(response);
    request.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return open.size;
    },
    get taken() {
      return taken;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function repeat(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { messages } = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString()) as {
    messages: { content: { text: string }[] }[];
  };
  const text = `You said: ${messages[0]?.content[0]?.text}`;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      output: { message: { role: "assistant", content: [{ text }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    }),
  );
}
