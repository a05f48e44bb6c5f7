/** Calls whose answer is watched while it comes, over HTTP/1.1 and h2c alike. */
import http from "node:http";
import http2 from "node:http2";
import type { Readable } from "node:stream";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { converseBody } from "./http.ts";
import { HAIKU, type World } from "./world.ts";

export const WIRES = ["HTTP/1.1", "h2c"] as const;
export type Wire = (typeof WIRES)[number];

export interface OpenCall {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** Not read unless the test reads it; reading fails if the answer was cut off. */
  body: Readable;
  /** Disconnects silently, as a killed process does. */
  leave(): void;
}

export interface StreamedEvent {
  /** `contentBlockDelta`, or the name of an exception. */
  type: string;
  kind: "event" | "exception";
  payload: Record<string, unknown>;
}

export const pathOf = (action: string) => `/model/${encodeURIComponent(HAIKU)}/${action}`;

/** Calls the world's model with a prompt and settles with the head of the answer; rejects if there is none. */
export function open(
  { gateway, token }: Pick<World, "gateway" | "token">,
  wire: Wire,
  prompt: string,
  action = "converse-stream",
): Promise<OpenCall> {
  const body = action.startsWith("invoke") ? claudeBody(prompt) : converseBody(prompt);
  const parts: Parts = { path: pathOf(action), token, body };
  return wire === "h2c" ? openH2(gateway.url, parts) : openH1(gateway.url, parts);
}

export function claudeBody(prompt: string): string {
  return JSON.stringify({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 100_000,
    messages: [{ role: "user", content: prompt }],
  });
}

interface Parts {
  path: string;
  token: string;
  body: string;
}

function openH1(url: string, { path, token, body }: Parts): Promise<OpenCall> {
  return new Promise((resolve, reject) => {
    const headers = { "x-api-key": token };
    const request = http.request(url, { method: "POST", path, headers, agent: false });
    request.once("error", reject);
    request.once("response", (answer) => {
      request.on("error", () => undefined);
      resolve({
        status: answer.statusCode ?? 0,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: answer,
        leave: () => void answer.socket.destroy(),
      });
    });
    request.end(body);
  });
}

function openH2(url: string, { path, token, body }: Parts): Promise<OpenCall> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(url);
    session.on("error", reject);
    const stream = session.request({ ":method": "POST", ":path": path, "x-api-key": token });
    stream.once("error", reject);
    stream.once("close", () => session.close());
    stream.once("response", (headers) => {
      stream.on("error", () => undefined);
      const named = Object.entries(headers).map(([name, value]) => [name, String(value)]);
      resolve({
        status: Number(headers[":status"]),
        headers: Object.fromEntries(named),
        body: stream,
        leave: () => session.destroy(),
      });
    });
    stream.end(body);
  });
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString("utf8"),
  (text) => Buffer.from(text),
);

/** The events of a streamed answer as they come, both checksums verified. Throws if the stream is incomplete. */
export async function* eventsOf(body: AsyncIterable<Buffer>): AsyncGenerator<StreamedEvent> {
  let held = Buffer.alloc(0);
  for await (const chunk of body) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= held.readUInt32BE(0)) {
      const length = held.readUInt32BE(0);
      yield eventOf(held.subarray(0, length));
      held = held.subarray(length);
    }
  }
  if (held.length > 0) throw new Error("the stream ended inside a frame");
}

function eventOf(frame: Buffer): StreamedEvent {
  const { headers, body } = codec.decode(frame);
  const exception = headers[":exception-type"]?.value;
  return {
    kind: exception === undefined ? "event" : "exception",
    type: String(exception ?? headers[":event-type"]?.value),
    payload: JSON.parse(Buffer.from(body).toString("utf8")),
  };
}

/** What came before the answer was cut off, and that it was. */
export async function brokenEvents(
  body: AsyncIterable<Buffer>,
): Promise<{ events: StreamedEvent[]; broken: boolean }> {
  const events: StreamedEvent[] = [];
  try {
    for await (const event of eventsOf(body)) events.push(event);
    return { events, broken: false };
  } catch {
    return { events, broken: true };
  }
}

export async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString("utf8");
}
