/** What passes between the index's thread and the side that asks. */
import type { InsightErrorCode } from "./errors.ts";
import type {
  CallPage,
  CallQuery,
  ChangePage,
  ChangeQuery,
  IndexedCall,
  InsightState,
  Overview,
  Period,
  Spent,
  UsageQuery,
  UsageReport,
} from "./types.ts";

export interface WorkerSettings {
  auditDir: string;
  file: string;
}

export type Question = { id: number } & (
  | { method: "overview" | "spent"; query: Period }
  | { method: "usage"; query: UsageQuery }
  | { method: "calls"; query: CallQuery }
  | { method: "changes"; query: ChangeQuery }
  | { method: "state" | "close"; query: null }
);

export type Answer = Overview | UsageReport | CallPage | ChangePage | Spent[] | InsightState | null;

export type Told =
  | { kind: "answer"; id: number; result: Answer }
  | { kind: "failure"; id: number; code: InsightErrorCode; message: string }
  | { kind: "calls"; calls: IndexedCall[] };
