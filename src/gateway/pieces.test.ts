import http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PieceWriter } from "./pieces.ts";

/** Some bytes or a text, and whether the next piece comes in a later turn of the event loop. */
const piece = fc.record({
  text: fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("ä".repeat(9_000), "x".repeat(40_000))),
  asBytes: fc.boolean(),
  waits: fc.boolean(),
});
type Piece = typeof piece extends fc.Arbitrary<infer T> ? T : never;

let pieces: Piece[] = [];
const server = http.createServer((_request, response) => void answer(response));

async function answer(response: http.ServerResponse): Promise<void> {
  let drained: () => void = () => undefined;
  const writer = new PieceWriter(response, () => drained());
  response.writeHead(200, { "content-type": "text/plain" });
  for (const { text, asBytes, waits } of pieces) {
    const took = writer.write(asBytes ? Buffer.from(text) : text, Buffer.byteLength(text));
    if (!took)
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
    if (waits) await turn();
  }
  response.end();
}

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close());

async function read(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const request = http.get({ port, host: "127.0.0.1", agent: false });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

describe("an answer in pieces", () => {
  it("arrives whole and in order, whatever the pieces are and when they come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (given) => {
        pieces = given;
        expect(await read()).toBe(given.map(({ text }) => text).join(""));
      }),
      { numRuns: 200 },
    );
  });
});
