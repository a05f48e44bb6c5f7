/** Between a gateway and STS: passes everything on, and records the secrets of the sessions that STS issues. */
import http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export interface Tap {
  url: string;
  /** Secret access keys and session tokens. */
  secrets: string[];
  close(): void;
}

export async function tapSts(sts: string): Promise<Tap> {
  const secrets: string[] = [];
  const given = (body: Buffer, response: http.ServerResponse) => {
    const found = body.toString().matchAll(/<(?:SecretAccessKey|SessionToken)>([^<]+)</g);
    for (const [, secret = ""] of found) secrets.push(secret);
    return response.end(body);
  };
  const server = http.createServer((request, response) => {
    const { method = "GET", url = "/", rawHeaders } = request;
    // The signature covers the host as the gateway named it.
    const passed = http.request(sts, { method, path: url, headers: rawHeaders }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      void Array.fromAsync(answer).then((chunks: Buffer[]) => given(Buffer.concat(chunks), response));
    });
    passed.on("error", () => response.destroy());
    request.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
