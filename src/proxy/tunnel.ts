/** Opens connections through the proxy by CONNECT: raw, and encrypted end to end up to the host behind it. */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import tls from "node:tls";
import { codeOf, systemReasonOf } from "../core/reason.ts";
import type { Proxy, ProxyFor } from "./proxy.ts";

export interface Target {
  host: string;
  port: number;
}

/** The proxy opened no tunnel, so nothing of the request has left this machine. Never holds the proxy's password. */
export class ProxyError extends Error {
  /** `PROXY_REFUSED` if it answered, `PROXY_UNREACHABLE` if not. */
  readonly code: "PROXY_REFUSED" | "PROXY_UNREACHABLE";
  /** What it answered. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, { cause });
    this.name = "ProxyError";
    this.code = status === undefined ? "PROXY_UNREACHABLE" : "PROXY_REFUSED";
    this.status = status;
  }
}

/** A socket whose other end is the target. Rejects with ProxyError. `timeoutMs`: longest silence until then. */
export function openTunnel(proxy: Proxy, { host, port }: Target, timeoutMs: number): Promise<Socket> {
  const authority = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const asked = (proxy.tls ? https : http).request({
      method: "CONNECT",
      host: proxy.host,
      port: proxy.port,
      path: authority,
      // Of its own: a shared agent may itself have a proxy (NODE_USE_ENV_PROXY).
      agent: false,
      timeout: timeoutMs,
      headers: {
        host: authority,
        ...(proxy.authorization && { "proxy-authorization": proxy.authorization.reveal() }),
      },
    });
    asked.once("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    asked.once("error", (error) => {
      const reason = systemReasonOf(error);
      reject(new ProxyError(`the proxy ${proxy.name} can't be reached: ${reason}`, undefined, error));
    });
    asked.once("connect", ({ statusCode = 0, statusMessage = "" }, socket, early) => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      if (statusCode >= 200 && statusCode < 300) {
        if (early.length > 0) socket.unshift(early);
        resolve(socket);
        return;
      }
      socket.on("error", () => undefined).destroy();
      const said = `${statusCode} ${statusMessage}`.trim();
      reject(new ProxyError(`the proxy ${proxy.name} answered ${said} to CONNECT ${authority}`, statusCode));
    });
    asked.end();
  });
}

/**
 * An encrypted connection to the target, through its proxy if it has one. `options` are TLS's own, such as
 * `ALPNProtocols`. Rejects with ProxyError, or with the error of connection or handshake.
 */
export async function connectTls(
  proxies: ProxyFor | undefined,
  target: Target,
  options: tls.ConnectionOptions,
  timeoutMs: number,
): Promise<tls.TLSSocket> {
  const proxy = proxies?.(target.host, target.port);
  const tunnel = proxy && (await openTunnel(proxy, target, timeoutMs));
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      servername: target.host,
      ...options,
      host: target.host,
      port: target.port,
      ...(tunnel && { socket: tunnel }),
    });
    const failed = (error: Error) => {
      tunnel?.destroy();
      reject(error);
    };
    const overdue = () => {
      const slow = new Error(`no connection to ${target.host} within ${timeoutMs / 1000} s`);
      socket.destroy(Object.assign(slow, { code: "ETIMEDOUT", syscall: "connect" }));
    };
    socket.setTimeout(timeoutMs, overdue);
    socket.once("error", failed);
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      socket.off("timeout", overdue);
      socket.off("error", failed);
      resolve(socket);
    });
  });
}

/** Whether asking the proxy again may help: it wasn't reached, or it couldn't reach the host at that moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ProxyError)) return false;
  return error.status === undefined || [502, 503, 504].includes(error.status);
}

/** TLS to the proxy itself failed: its certificate isn't trusted. */
export function isProxyCertificate(error: ProxyError): boolean {
  return error.code === "PROXY_UNREACHABLE" && /CERT|SELF_SIGNED|UNABLE_TO/.test(codeOf(error.cause) ?? "");
}
