/** The yardstick: a pass-through proxy as anyone would write it on node:http and http.Agent. Runs in its own process. */
import http from "node:http";

export async function startYardstick(origin: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const headers = { ...request.headers, "content-length": body.length };
      const options = { hostname, port, method: request.method, path: request.url, headers, agent };
      const upstream = http.request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      upstream.end(body);
    });
  });
  // The load generator keeps its connections while it measures the other side.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return `http://127.0.0.1:${address.port}`;
}
