/** The Prometheus endpoint and health checks, on a separate listener that callers never see. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

export interface MetricsListener {
  /** `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

const PATHS = new Set(["/metrics", "/healthz", "/readyz"]);

export async function serveMetrics(
  metrics: Metrics,
  { host, port }: { host: string; port: number },
): Promise<MetricsListener> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    const { url = "", method } = request;
    if (!PATHS.has(url)) return void response.writeHead(404).end();
    if (method !== "GET") return void response.writeHead(405).end();
    if (url !== "/metrics") return answerHealth(url, metrics, response);
    metrics.text().then(
      (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Alive: it answers. Ready: it can serve calls. */
function answerHealth(url: string, metrics: Metrics, response: ServerResponse): void {
  const readiness = metrics.readiness() ?? { ready: false };
  const well = url === "/healthz" || readiness.ready;
  const body = url === "/healthz" ? { alive: true } : readiness;
  response.writeHead(well ? 200 : 503, { "content-type": "application/json" }).end(JSON.stringify(body));
}
