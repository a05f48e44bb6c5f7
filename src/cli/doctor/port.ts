/** The listener's address: free, used by Signet, or used by another program. */
import { once } from "node:events";
import { createServer } from "node:net";
import { Agent, request } from "undici";
import type { Config } from "../../config/schema.ts";
import { codeOf, systemReasonOf } from "../../core/reason.ts";

export type PortState =
  | { state: "free" }
  /** A Signet answers there; `ready` as it reports itself. */
  | { state: "signet"; ready: boolean }
  | { state: "refused"; code: string | undefined; reason: string };

const ANSWER_MS = 2_000;

/** Looks for a Signet there, then tries the port and frees it immediately. Never rejects. */
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
  // Nothing confidential is sent, so the certificate need not name this address.
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
