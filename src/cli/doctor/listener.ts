/** The check of the listener's address. */
import type { Config } from "../../config/schema.ts";
import { failed, ok, warning, type Check, type Finding } from "./check.ts";
import type { PortState } from "./port.ts";

export const listenerCheck: Check = {
  name: "listener",
  overdue: "the program on the port doesn't answer: stop it, or choose another listen.port",
  async run({ config: { listen }, port }) {
    return [listenerFinding(listen, await port)];
  },
};

function listenerFinding({ host, port }: Config["listen"], found: PortState): Finding {
  const where = `${host}:${port}`;
  switch (found.state) {
    case "free":
      return ok(port === 0 ? `any free port on ${host}` : `${where} is free`);
    case "signet":
      return found.ready
        ? ok(`Signet is running at ${where}`)
        : warning(
            `Signet is running at ${where}, but is not ready for calls`,
            "it is draining, or its store or audit log has a problem: see its log",
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
      return "another program uses the port (`ss -ltnp` shows it): stop it, or choose another listen.port";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is not an address of this machine: set listen.host to one, or to 0.0.0.0 or :: for all`;
    case "EACCES":
      return "ports below 1024 are privileged: choose a higher one, or grant CAP_NET_BIND_SERVICE";
    default:
      return "choose another listen.host or listen.port";
  }
}
