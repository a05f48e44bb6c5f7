/** A gateway's current status: metrics, the admin API and events are derived from it. */
import type { Audit, AuditStats } from "../audit/types.ts";
import type { HeldSession } from "../credentials/broker.ts";

export interface AuditStatus extends AuditStats {
  /** False while the log can't be written. */
  available: boolean;
}

export interface GatewayStatus {
  /** Running calls, calls that hold a place, and calls that wait for one. */
  running: number;
  placesTaken: number;
  placesWaiting: number;
  /** AWS sessions in memory. */
  sessions: HeldSession[];
  audit: AuditStatus;
  /** Milliseconds for which the store could not be followed. */
  storeBehindMs: number;
  /** Milliseconds that AWS's clock is ahead, as adopted. */
  clockOffsetMs: number;
}

export function auditStatus(audit: Audit): AuditStatus {
  return { ...audit.stats(), available: audit.available() };
}

/** Combines several processes into one gateway; `main` is the chain that none of them writes. */
export function combinedStatus(statuses: readonly GatewayStatus[], main: AuditStatus): GatewayStatus {
  const sum = (of: (status: GatewayStatus) => number) =>
    statuses.reduce((total, status) => total + of(status), 0);
  return {
    running: sum(({ running }) => running),
    placesTaken: sum(({ placesTaken }) => placesTaken),
    placesWaiting: sum(({ placesWaiting }) => placesWaiting),
    sessions: statuses.flatMap(({ sessions }) => sessions),
    audit: {
      records: main.records + sum(({ audit }) => audit.records),
      writes: main.writes + sum(({ audit }) => audit.writes),
      syncs: main.syncs + sum(({ audit }) => audit.syncs),
      open: main.open + sum(({ audit }) => audit.open),
      available: main.available && statuses.every(({ audit }) => audit.available),
    },
    storeBehindMs: Math.max(0, ...statuses.map(({ storeBehindMs }) => storeBehindMs)),
    clockOffsetMs: statuses.reduce(
      (most, { clockOffsetMs }) => (Math.abs(clockOffsetMs) > Math.abs(most) ? clockOffsetMs : most),
      0,
    ),
  };
}
