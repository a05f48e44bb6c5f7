/** The index's thread: follows the log and answers questions. */
import { parentPort, workerData } from "node:worker_threads";
import { searchChanges } from "./changes.ts";
import { InsightError } from "./errors.ts";
import { follow } from "./follower.ts";
import { openLive } from "./live.ts";
import type { Asked, FromThread, ThreadData, ToThread } from "./messages.ts";
import { searchCalls } from "./search.ts";
import { overview, spent, usage } from "./usage.ts";

const port = parentPort;
if (!port) throw new Error("runs as a worker only");

const tell = (message: FromThread) => port.postMessage(message);
const live = openLive((calls) => tell({ type: "calls", calls }));
const follower = follow(workerData as ThreadData, {
  onCalls: (calls) => live.add(calls),
  onTrouble: (error) => tell({ type: "trouble", message: String(error) }),
  // Ends this thread alone: the gateway's starts another.
  onLost: () => process.exit(1),
});

port.on("message", (message: ToThread) => void handle(message));

async function handle(message: ToThread): Promise<void> {
  switch (message.type) {
    case "ask":
      return answer(message.id, message.asked);
    case "follow":
      return live.follow(message.on);
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

async function answer(id: number, asked: Asked): Promise<void> {
  try {
    tell({ type: "answer", id, answer: await answerTo(asked) });
  } catch (error) {
    if (!(error instanceof InsightError)) {
      tell({ type: "trouble", message: String(error) });
      follower.failed(error);
    }
    const { code, message } =
      error instanceof InsightError
        ? error
        : new InsightError("unavailable", "The index of calls can't be read.");
    tell({ type: "failure", id, code, message });
  }
}

async function answerTo(asked: Asked): Promise<unknown> {
  switch (asked.name) {
    case "overview":
      return overview(follower.index(), ...asked.with);
    case "usage":
      return usage(follower.index(), ...asked.with);
    case "calls":
      return searchCalls(follower.index(), ...asked.with);
    case "changes":
      return searchChanges(follower.index(), ...asked.with);
    case "spent":
      await follower.catchUp();
      return spent(follower.index(), ...asked.with);
    case "state":
      return {
        indexedRecords: follower.index().records(),
        calls: follower.index().calls(),
        behindMs: follower.behindMs(),
      };
    default: {
      const _: never = asked;
      return _;
    }
  }
}
