/** The proxy for each HTTP client: undici (Bedrock, probes) and the AWS SDK (STS, KMS, credential providers). */
import https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { buildConnector } from "undici";
import type { Proxy, ProxyFor } from "./proxy.ts";
import { openTunnel, type Target } from "./tunnel.ts";

/** The `connect` option of undici's pools and agents, for HTTP/1.1. Without a proxy it is undici's own. */
export function connectorFor(
  proxies: ProxyFor | undefined,
  timeoutMs: number,
): buildConnector.BuildOptions | buildConnector.connector {
  if (proxies === undefined) return { timeout: timeoutMs };
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false });
  return (options, callback) => {
    const target = { host: options.hostname, port: Number(options.port) || 443 };
    const proxy = options.protocol === "https:" ? proxies(target.host, target.port) : undefined;
    if (proxy === undefined) return connect(options, callback);
    void tunnelFor(proxy, target, timeoutMs, {
      opened: (httpSocket) => connect({ ...options, httpSocket }, callback),
      failed: (error) => callback(error, null),
    });
  };
}

interface Outcome {
  opened(socket: Socket): void;
  failed(error: Error): void;
}

async function tunnelFor(proxy: Proxy, target: Target, timeoutMs: number, outcome: Outcome): Promise<void> {
  let socket: Socket;
  try {
    socket = await openTunnel(proxy, target, timeoutMs);
  } catch (error) {
    outcome.failed(error as Error);
    return;
  }
  outcome.opened(socket);
}

type Created = (error: Error | null, socket: Duplex) => void;

/** The SDK's `httpsAgent`. Plain HTTP has none: it only goes to this machine and to metadata services. */
export class TunnelAgent extends https.Agent {
  readonly #proxies: ProxyFor;
  readonly #timeoutMs: number;

  constructor(proxies: ProxyFor, timeoutMs: number) {
    super({ keepAlive: true, maxSockets: 50 });
    this.#proxies = proxies;
    this.#timeoutMs = timeoutMs;
  }

  override createConnection(
    options: https.RequestOptions & { socket?: Socket },
    created: Created,
  ): Duplex | null | undefined {
    const target = { host: String(options.host), port: Number(options.port) || 443 };
    const proxy = this.#proxies(target.host, target.port);
    if (proxy === undefined) return super.createConnection(options, created);
    void tunnelFor(proxy, target, this.#timeoutMs, {
      opened: (socket) => {
        const secured = super.createConnection({ ...options, socket } as https.RequestOptions, created);
        if (secured) created(null, secured);
      },
      failed: (error) => created(error, undefined as unknown as Duplex),
    });
    return undefined;
  }
}
