import http from "node:http";
import https from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { generate } from "selfsigned";
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
let servers: { http: http.Server; https: https.Server };
// One connection for all answers: leftovers of one would break the next.
const agents = {
  http: new http.Agent({ keepAlive: true, maxSockets: 1 }),
  https: new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false }),
};

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
  const { cert, private: key } = await generate([{ name: "commonName", value: "signet test" }]);
  const onRequest: http.RequestListener = (_request, response) => void answer(response);
  servers = { http: http.createServer(onRequest), https: https.createServer({ cert, key }, onRequest) };
  for (const server of Object.values(servers)) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
});
afterAll(() => {
  for (const agent of Object.values(agents)) agent.destroy();
  for (const server of Object.values(servers)) server.close();
});

async function read(scheme: "http" | "https"): Promise<string> {
  const { port } = servers[scheme].address() as AddressInfo;
  const client = scheme === "http" ? http : https;
  const request = client.get({ port, host: "127.0.0.1", agent: agents[scheme] });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return Buffer.concat(await response.toArray()).toString("utf8");
}

describe("an answer in pieces", () => {
  it.each(["http", "https"] as const)(
    "arrives complete and in order over %s, whatever the pieces and their timing",
    async (scheme) => {
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (given) => {
          pieces = given;
          expect(await read(scheme)).toBe(given.map(({ text }) => text).join(""));
        }),
        { numRuns: 200 },
      );
    },
  );
});
