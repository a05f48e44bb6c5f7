/** Starts a process under measurement and asks it for its figures. */
import { fork, type ChildProcess } from "node:child_process";
import type { Mode, Usage } from "./proxy.ts";

export interface Proxy {
  url: string;
  token: string;
  usage(): Promise<Usage>;
  /** The same after a collection. */
  memory(): Promise<Usage>;
  stop(): void;
}

/** `keys`: how many the gateway knows. */
export async function startProxy(mode: Mode, origin: string, keys = 1000): Promise<Proxy> {
  const program = new URL("./proxy.ts", import.meta.url);
  const child = fork(program, [mode, origin, String(keys)], { execArgv: ["--expose-gc"] });
  const { url, token } = await answer<{ url: string; token: string }>(child);
  return {
    url,
    token,
    async usage() {
      child.send("usage");
      return answer<Usage>(child);
    },
    async memory() {
      child.send("memory");
      return answer<Usage>(child);
    },
    stop: () => void child.kill(),
  };
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("the process under measurement has ended"));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.removeListener("exit", onExit);
      resolve(message as T);
    });
  });
}
