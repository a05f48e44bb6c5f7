/**
 * AWS's own host names behind an HTTP CONNECT proxy: whatever host a tunnel is opened to, it ends at a TLS server with a
 * certificate for that name, which passes everything on to the sandbox. The proxy is a real one: it listens, checks
 * Proxy-Authorization and refuses as proxies do.
 */
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import net, { type AddressInfo, type Server } from "node:net";
import tls from "node:tls";
import { generate } from "selfsigned";

export interface AwsBehindProxy {
  /** `http://127.0.0.1:…` */
  url: string;
  port: number;
  /** The authority of each CONNECT, refused ones included. */
  tunnels: string[];
  /** The Proxy-Authorization of each CONNECT. */
  authorizations: (string | undefined)[];
  /** What the next CONNECTs are answered; undefined opens them. */
  refusal: { status: number; text: string } | undefined;
  /** What the hosts behind the tunnels answer in place of AWS. */
  page: { status: number; headers: Record<string, string>; body: string } | undefined;
  /** For which hosts; by default for all. */
  pageFor: (authority: string) => boolean;
  /** PEM: the CA of the hosts' certificates. */
  ca: string;
  close(): Promise<void>;
}

const NAMES = [
  "*.us-east-1.amazonaws.com",
  "*.eu-west-1.amazonaws.com",
  "*.amazonaws.com",
  "*.us-east-1.api.aws",
];

async function certificate(names: readonly string[]) {
  return generate([{ name: "commonName", value: names[0] ?? "" }], {
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: names.map((value) => ({ type: 2 as const, value })) },
    ],
  });
}

/** Starts the proxy and the hosts behind it. */
export async function awsBehindProxy(sandboxUrl: string): Promise<AwsBehindProxy> {
  const { cert, private: key } = await certificate(NAMES);
  const sandboxPort = Number(new URL(sandboxUrl).port);
  const sockets = new Set<net.Socket | tls.TLSSocket>();
  const keep = <S extends net.Socket>(socket: S): S => {
    sockets.add(socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket)));
    return socket;
  };
  const pages = createHttps({ cert, key }, (_request, response) => {
    const { status = 500, headers, body } = state.page ?? {};
    response.writeHead(status, headers).end(body);
  });
  const hosts = tls.createServer({ cert, key, ALPNProtocols: ["http/1.1", "h2"] }, (socket) => {
    keep(socket);
    const sandbox = keep(net.connect(sandboxPort, "127.0.0.1"));
    socket.pipe(sandbox).pipe(socket);
    socket.once("close", () => sandbox.destroy());
    sandbox.once("close", () => socket.destroy());
  });
  const proxy = createHttp((_request, response) => response.writeHead(400).end());
  proxy.on("connect", (request, client: net.Socket, early: Buffer) => {
    keep(client);
    state.tunnels.push(request.url ?? "");
    state.authorizations.push(request.headers["proxy-authorization"]);
    if (state.refusal !== undefined) {
      const { status, text } = state.refusal;
      client.end(`HTTP/1.1 ${status} ${text}\r\ncontent-type: text/html\r\n\r\n<html>${text}</html>`);
      return;
    }
    const isPage = state.page !== undefined && state.pageFor(request.url ?? "");
    const host = keep(net.connect(portOf(isPage ? pages : hosts), "127.0.0.1"));
    host.once("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (early.length > 0) host.write(early);
      client.pipe(host).pipe(client);
    });
    client.once("close", () => host.destroy());
    host.once("close", () => client.destroy());
  });
  for (const server of [pages, hosts, proxy]) await once(server.listen(0, "127.0.0.1"), "listening");
  const port = portOf(proxy);
  const state: AwsBehindProxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    tunnels: [],
    authorizations: [],
    refusal: undefined,
    page: undefined,
    pageFor: () => true,
    ca: cert,
    async close() {
      for (const socket of sockets) socket.destroy();
      pages.closeAllConnections();
      proxy.closeAllConnections();
      for (const server of [pages, hosts, proxy]) server.close();
    },
  };
  return state;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Until the returned function is called, this process trusts the CA besides those that it trusted. */
export function trusting(ca: string): () => void {
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, ca]);
  return () => tls.setDefaultCACertificates(before);
}
