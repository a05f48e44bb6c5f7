/** `signet` as a process: one command with its arguments, streams and environment. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { systemClock } from "../core/clock.ts";
import { run } from "./program.ts";

// A reader that stops early (`signet key list | head -1`) is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

let isAbandoned = false;
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  isTerminal: process.stdout.isTTY,
  isInteractive: process.stdin.isTTY && process.stdout.isTTY,
  out: (line) => console.log(line),
  note: (line) => console.error(line),
  async write(piece) {
    if (!process.stdout.write(piece)) await once(process.stdout, "drain");
  },
  input: () => text(process.stdin),
  abandon: () => void (isAbandoned = true),
});
if (isAbandoned) process.exit();
