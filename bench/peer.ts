/**
 * P11: the same calls through another gateway, before the same upstream. Portkey's comes from npm into a folder of its
 * own, without its scripts, when it is measured. Its CPU time is read from /proc, so this figure needs Linux.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { cpuOfTree } from "./cpu.ts";
import { chatBody, closedLoop, connect, requestBytes } from "./load.ts";
import {
  CHAT,
  close,
  cpuPer,
  interleaved,
  median,
  MODEL,
  open,
  ratio,
  type Effort,
  type Figure,
  type Side,
} from "./sides.ts";
import { startMockUpstream } from "./upstream.ts";

const PACKAGE = "@portkey-ai/gateway";
const VERSION = "1.15.2";
const FOLDER = path.resolve(import.meta.dirname, "../node_modules/.cache/signet-bench/portkey");

export async function p11(effort: Effort): Promise<Figure[]> {
  const call = await compared(effort, {
    stream: false,
    connections: 16,
    units: 1,
    calls: 1000,
    warmUp: 8000,
  });
  const events = 60;
  const event = await compared(effort, {
    stream: true,
    connections: 100,
    units: events,
    calls: 200,
    warmUp: 600,
  });
  const figure = (id: string, what: string, target: number, figures: number[][]): Figure => ({
    id,
    what: `${what} ÷ Portkey's gateway ${VERSION}, same upstream`,
    value: ratio(figures),
    unit: "×",
    target,
    details: { signetMicros: median(figures[0] ?? []), portkeyMicros: median(figures[1] ?? []) },
  });
  return [
    figure("P11 call", "CPU per chat completion", 1 / 12, call),
    figure("P11 event", "CPU per event of a streamed chat completion", 1 / 3, event),
  ];
}

interface Load {
  stream: boolean;
  connections: number;
  /** What a call is divided into. */
  units: number;
  calls: number;
  warmUp: number;
}

async function compared({ rounds, scale }: Effort, { stream, connections, units, calls, warmUp }: Load) {
  const timing = stream
    ? { firstByteMs: 5, eventMs: 10, events: units }
    : { firstByteMs: 0, eventMs: 0, events: 0 };
  const upstream = await startMockUpstream(timing);
  const body = chatBody(MODEL, stream);
  const count = calls * scale;
  const sides: Side[] = [];
  // The gateway last: it closes connections that say nothing for five seconds.
  for (const begin of [
    async () => portkey(upstream.origin, connections, body),
    async () => open("gateway", upstream.origin, CHAT, connections, body),
  ]) {
    const side = await begin();
    await closedLoop(side.callers, warmUp);
    sides.unshift(side);
  }
  const figures = await interleaved(rounds, sides, (side) =>
    cpuPer(count * units, side, () => closedLoop(side.callers, count)),
  );
  sides.forEach(close);
  upstream.close();
  return figures;
}

async function portkey(origin: string, connections: number, body: string): Promise<Side> {
  const program = path.join(FOLDER, "node_modules", PACKAGE, "build/start-server.js");
  if (!existsSync(program)) install();
  const port = await freePort();
  const child = spawn(process.execPath, [program, "--headless", `--port=${port}`], {
    env: { ...process.env, NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(port);
  const headers = [
    "x-portkey-provider: bedrock",
    "x-portkey-aws-access-key-id: AKIABENCH",
    `x-portkey-aws-secret-access-key: ${"s".repeat(40)}`,
    "x-portkey-aws-region: us-east-1",
    `x-portkey-custom-host: ${origin}`,
  ];
  const request = requestBytes(new URL(url).host, CHAT, "none", body, headers);
  const callers = await Promise.all(Array.from({ length: connections }, () => connect(url, request)));
  const usage = async () => ({ cpu: cpuOfTree(child.pid ?? 0), rss: 0 });
  return { proxy: { url, token: "none", usage, memory: usage, stop: () => void child.kill() }, callers };
}

function install(): void {
  process.stderr.write(`installing ${PACKAGE} ${VERSION} to compare with …\n`);
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefix", FOLDER];
  execFileSync("npm", ["install", ...options, `${PACKAGE}@${VERSION}`], { stdio: "ignore" });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

/** Until somebody listens there. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => resolve(true));
      socket.on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (isThere) return;
    await new Promise((resolve) => void setTimeout(resolve, 100));
  }
}
