/** Answers questions from the index, as of the log's current end. */
import { searchChanges } from "./changes.ts";
import { InsightError, unreadable } from "./errors.ts";
import type { Follower } from "./follower.ts";
import type { Question } from "./messages.ts";
import { searchCalls } from "./search.ts";
import { overview, spent, usage } from "./usage.ts";

/** Rejects with InsightError, or with SQLite's error if the index can't be read. */
export async function answerTo(follower: Follower, asked: Question): Promise<unknown> {
  if (asked.name !== "spent") await follower.refresh();
  else
    await follower.catchUp().catch((error: unknown) => {
      throw error instanceof InsightError ? error : unreadable({ cause: error });
    });
  try {
    return answerFrom(follower, asked);
  } catch (error) {
    if (!(error instanceof InsightError)) follower.failed(error);
    throw error;
  }
}

function answerFrom(follower: Follower, asked: Question): unknown {
  const index = follower.index();
  switch (asked.name) {
    case "overview":
      return overview(index, ...asked.with);
    case "usage":
      return usage(index, ...asked.with);
    case "calls":
      return searchCalls(index, ...asked.with);
    case "changes":
      return searchChanges(index.database, ...asked.with);
    case "spent":
      return spent(index, ...asked.with);
    case "state":
      return { indexedRecords: index.records(), calls: index.calls(), behindMs: follower.behindMs() };
    default: {
      const _: never = asked;
      return _;
    }
  }
}
