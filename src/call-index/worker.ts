/** The index's thread: follows the log and answers questions. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../core/clock.ts";
import { answerTo } from "./answer.ts";
import { InsightError, unreadable } from "./errors.ts";
import { follow } from "./follower.ts";
import { openLive } from "./live.ts";
import type { Question, FromThread, ThreadData, ToThread } from "./messages.ts";

const port = parentPort;
if (!port) throw new Error("runs as a worker only");

const post = (message: FromThread) => port.postMessage(message);
const live = openLive((calls) => post({ type: "calls", calls }));
const follower = follow(workerData as ThreadData, systemClock, {
  onCalls: (calls) => live.add(calls),
  onTrouble: (error) => post({ type: "trouble", message: String(error) }),
  // Ends only this thread; the gateway's thread starts another.
  onLost: () => process.exit(1),
});

port.on("message", (message: ToThread) => void handle(message));

async function handle(message: ToThread): Promise<void> {
  switch (message.type) {
    case "ask":
      return answer(message.id, message.asked);
    case "follow":
      live.follow(message.on);
      return follower.follow(message.on);
    case "received":
      return live.received();
    case "close":
      await follower.close();
      return port?.close();
    default: {
      const _: never = message;
      return _;
    }
  }
}

async function answer(id: number, asked: Question): Promise<void> {
  try {
    post({ type: "answer", id, answer: await answerTo(follower, asked) });
  } catch (error) {
    if (!(error instanceof InsightError)) post({ type: "trouble", message: String(error) });
    const { code, message } = error instanceof InsightError ? error : unreadable();
    post({ type: "failure", id, code, message });
  }
}
