/** Messages between the gateway's thread and the index's thread. */
import type { HolderUsage } from "../limits/limiter.ts";
import type { InsightErrorCode } from "./errors.ts";
import type {
  CallPage,
  CallQuery,
  ChangePage,
  ChangeQuery,
  IndexedCall,
  Insight,
  InsightState,
  Overview,
  Period,
  UsageQuery,
  UsageReport,
} from "./types.ts";

/** The data that the thread is started with. */
export interface ThreadData {
  auditDir: string;
  file: string;
}

/** Questions by name: their arguments and answers. */
export interface Questions {
  overview: (period: Period) => Overview;
  usage: (query: UsageQuery) => UsageReport;
  calls: (query: CallQuery) => CallPage;
  changes: (query: ChangeQuery) => ChangePage;
  spent: (period: Period) => HolderUsage[];
  state: () => InsightState;
}

export type Question = {
  [Name in keyof Questions]: { name: Name; with: Parameters<Questions[Name]> };
}[keyof Questions];

/** A method for each question, implemented by `answer`. */
export function questionsBy(
  answer: (asked: Question) => Promise<unknown>,
): Omit<Insight, "follow" | "close"> {
  const ask = <Name extends keyof Questions>(name: Name, ...asked: Parameters<Questions[Name]>) =>
    answer({ name, with: asked } as Question) as Promise<ReturnType<Questions[Name]>>;
  return {
    overview: (period) => ask("overview", period),
    usage: (query) => ask("usage", query),
    calls: (query) => ask("calls", query),
    changes: (query) => ask("changes", query),
    spent: (period) => ask("spent", period),
    state: () => ask("state"),
  };
}

/** `follow`: whether calls are to be sent as they are indexed. `received`: the last batch has been passed on. */
export type ToThread =
  | { type: "ask"; id: number; asked: Question }
  | { type: "follow"; on: boolean }
  | { type: "received" }
  | { type: "close" };

export type FromThread =
  | { type: "answer"; id: number; answer: unknown }
  | { type: "failure"; id: number; code: InsightErrorCode; message: string }
  | { type: "calls"; calls: IndexedCall[] }
  | { type: "trouble"; message: string };
