/** What the primary process and its workers say to each other, over the channel that Node's cluster opens. */
import type { ChainHead } from "../../audit/types.ts";
import type { Holder, HolderUsage, Refusal } from "../../limits/limiter.ts";
import type { LimitStatus } from "../../limits/service.ts";
import type { Estimate } from "../../limits/state.ts";
import type { GatewayStatus } from "../../observe/gateway-status.ts";

/** A worker's number, from 1 on. */
export const WORKER_VARIABLE = "SIGNET_WORKER";

/** How a worker stands, and how far its audit chain goes. */
export interface WorkerStatus extends GatewayStatus {
  head: ChainHead;
}

export type FromWorker =
  | { type: "serving"; url: string }
  | { type: "status"; status: WorkerStatus }
  /** Asks for a reservation: answered by `held` with the same id. Without an estimate, nothing is set aside. */
  | { type: "hold"; id: number; holders: readonly Holder[]; estimate?: Estimate }
  | { type: "end"; id: number; tokens: number; nanos: number }
  /** What was used by calls that no limit applied to when they began. */
  | { type: "used"; used: HolderUsage[] }
  | { type: "metrics"; id: number; metrics: object[] };

export type ToWorker =
  | { type: "held"; id: number; refusal?: Refusal; reserved?: Estimate; status?: LimitStatus }
  | { type: "metrics"; id: number }
  /** Ends in good order within so many seconds; a second one hurries. */
  | { type: "close"; seconds: number };
