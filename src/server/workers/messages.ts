/** Messages between the primary process and its workers, over the channel of Node's cluster. */
import type { ChainHead } from "../../audit/types.ts";
import type { Holder, HolderUsage, Refusal } from "../../limits/limiter.ts";
import type { LimitStatus } from "../../limits/service.ts";
import type { Estimate } from "../../limits/state.ts";
import type { GatewayStatus } from "../../observe/gateway-status.ts";

/** A worker's number, from 1 on. */
export const WORKER_VARIABLE = "SIGNET_WORKER";

/** A worker's status, and how far its audit chain goes. */
export interface WorkerStatus extends GatewayStatus {
  head: ChainHead;
}

export type FromWorker =
  | { type: "serving"; url: string }
  | { type: "status"; status: WorkerStatus }
  /** Asks for a reservation: answered by `held` with the same id. Without an estimate, nothing is reserved. */
  | { type: "hold"; id: number; holders: readonly Holder[]; estimate?: Estimate }
  | { type: "end"; id: number; tokens: number; nanos: number }
  /** Usage of calls that no limit applied to when they started. */
  | { type: "used"; used: HolderUsage[] }
  | { type: "metrics"; id: number; metrics: object[] };

export type ToWorker =
  | { type: "held"; id: number; refusal?: Refusal; reserved?: Estimate; status?: LimitStatus }
  | { type: "metrics"; id: number }
  /** Shuts down gracefully within that many seconds; a second message shortens the wait. */
  | { type: "close"; seconds: number };
