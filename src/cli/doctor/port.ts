/** The listener's address: free, Signet's already, or somebody else's. */
import { once } from "node:events";
import { createServer } from "node:net";
import { Agent, request } from "undici";
import type { Config } from "../../config/schema.ts";
import { codeOf, systemReasonOf } from "../../core/reason.ts";
import { failed, ok, warning, type Check, type Finding } from "./check.ts";

export type PortState =
  | { state: "free" }
  /** A Signet answers there; `ready` is what it says of itself. */
  | { state: "signet"; ready: boolean }
  | { state: "refused"; code: string | undefined; reason: string };

const ANSWER_MS = 2_000;

export const listenerCheck: Check = {
  name: "listener",
  overdue: "what holds the port doesn't answer: end it, or choose another listen.port",
  async run({ config: { listen }, port }) {
    return [listenerFinding(listen, await port)];
  },
};

function listenerFinding({ host, port }: Config["listen"], found: PortState): Finding {
  const where = `${host}:${port}`;
  switch (found.state) {
    case "free":
      return ok(port === 0 ? `any free port of ${host}` : `${where} is free`);
    case "signet":
      return found.ready
        ? ok(`Signet serves at ${where}`)
        : warning(
            `Signet serves at ${where}, but is not ready for calls`,
            "it drains, or its store or audit log is in trouble: its log says which",
          );
    case "refused":
      return failed(`${where}: ${found.reason}`, fixFor(found.code, host));
    default: {
      const unexpected: never = found;
      return unexpected;
    }
  }
}

function fixFor(code: string | undefined, host: string): string {
  switch (code) {
    case "EADDRINUSE":
      return "another program has the port (`ss -ltnp` names it): end it, or choose another listen.port";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is no address of this machine: set listen.host to one, or to 0.0.0.0 or :: for all`;
    case "EACCES":
      return "ports below 1024 are privileged: choose a higher one, or give CAP_NET_BIND_SERVICE";
    default:
      return "choose another listen.host or listen.port";
  }
}

/** Asks who is there before it tries the port, which is given free at once. Never rejects. */
export async function portState(listen: Config["listen"]): Promise<PortState> {
  if (listen.port !== 0 && (await answers(listen, "/healthz", "ok")))
    return { state: "signet", ready: await answers(listen, "/readyz", "ready") };
  try {
    const server = createServer().listen({ host: listen.host, port: listen.port, exclusive: true });
    await once(server, "listening");
    await new Promise((resolve) => server.close(resolve));
    return { state: "free" };
  } catch (error) {
    return { state: "refused", code: codeOf(error), reason: systemReasonOf(error) };
  }
}

async function answers(listen: Config["listen"], path: string, text: string): Promise<boolean> {
  // Nothing is sent but the question, so that it doesn't matter whether the certificate names this address.
  const dispatcher = new Agent({ allowH2: false, connect: { rejectUnauthorized: false } });
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const { statusCode, body } = await request(`${originOf(listen)}${path}`, { dispatcher, signal });
    return (await body.text()).trim() === text && statusCode === 200;
  } catch {
    return false;
  } finally {
    await dispatcher.destroy();
  }
}

function originOf({ host, port, tls }: Config["listen"]): string {
  const address = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `${tls ? "https" : "http"}://${address.includes(":") ? `[${address}]` : address}:${port}`;
}
