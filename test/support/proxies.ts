/**
 * HAProxy and nginx in front of a gateway, configured to let through what they would refuse or fix by default, and
 * to forward everything over one connection: the worst case for a server behind them. And tinyproxy, between a gateway
 * and AWS.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { until } from "./world.ts";

export interface Proxy {
  url: string;
  close(): Promise<void>;
}

interface Parts {
  port: number;
  /** Host and port of the gateway. */
  behind: string;
  folder: string;
}

const haproxy = ({ port, behind }: Parts) => `
global
  nbthread 1
defaults
  mode http
  option accept-invalid-http-request
  option accept-invalid-http-response
  http-reuse always
  timeout connect 5s
  timeout http-request 2s
  timeout client 2s
  timeout server 30s
frontend callers
  bind 127.0.0.1:${port}
  default_backend gateway
backend gateway
  server one ${behind} maxconn 1
`;

const nginx = ({ port, behind, folder }: Parts) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr crit;
events { worker_connections 256; }
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path ${folder}/${each};`).join("\n  ")}
  client_header_timeout 2s;
  client_body_timeout 2s;
  ignore_invalid_headers off;
  underscores_in_headers on;
  upstream gateway { server ${behind}; keepalive 1; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_request_buffering off;
    }
  }
}
`;

/** A forward proxy for HTTPS, with a password; `behind` is the next one. */
const tinyproxy = ({ port, behind }: Parts) => `
Listen 127.0.0.1
Port ${port}
Timeout 600
MaxClients 50
BasicAuth ${FORWARD_USER.name} ${FORWARD_USER.password}
ConnectPort 443
Upstream http ${behind}
`;

export const FORWARD_USER = { name: "signet", password: "hunter2" };

export const FORWARD_PROXIES = {
  tinyproxy: { config: tinyproxy, args: (file: string) => ["-d", "-c", file], debianPackage: "tinyproxy" },
} as const;

export const PROXIES = {
  haproxy: { config: haproxy, args: (file: string) => ["-db", "-f", file], debianPackage: "haproxy" },
  nginx: { config: nginx, args: (file: string) => ["-c", file], debianPackage: "nginx-light" },
} as const;

/** `program`: the path of the program `name`. Resolves once it accepts connections. */
export async function startProxy(
  name: keyof typeof PROXIES | keyof typeof FORWARD_PROXIES,
  program: string,
  gateway: string,
): Promise<Proxy> {
  const { config, args } = { ...PROXIES, ...FORWARD_PROXIES }[name];
  const folder = mkdtempSync(path.join(tmpdir(), `signet-${name}-`));
  const port = await freePort();
  const file = path.join(folder, "config");
  writeFileSync(file, config({ port, behind: new URL(gateway).host, folder }));
  const child = spawn(program, args(file), { stdio: ["ignore", "ignore", "pipe"] });
  const said: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, "exit");
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${said.join("")}`);
    return (await connects(port)) || undefined;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function connects(port: number): Promise<boolean> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
