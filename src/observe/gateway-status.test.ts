import { describe, expect, it } from "vitest";
import { combinedStatus, type GatewayStatus } from "./gateway-status.ts";

const audit = { records: 10, writes: 4, syncs: 3, open: 1, available: true };
const status = (more: Partial<GatewayStatus>): GatewayStatus => ({
  running: 2,
  placesTaken: 1,
  placesWaiting: 1,
  sessions: [{ delegation: "acme", client: "app", expiresAt: Infinity }],
  audit,
  storeBehindMs: 0,
  clockOffsetMs: 0,
  ...more,
});

describe("the status of several processes", () => {
  it("adds up calls, places, sessions and audit records, the main chain's included", () => {
    const { sessions, ...sums } = combinedStatus([status({}), status({ running: 3 })], audit);
    expect(sessions).toHaveLength(2);
    expect(sums).toMatchObject({
      running: 5,
      placesTaken: 2,
      placesWaiting: 2,
      audit: { records: 30, writes: 12, syncs: 9, open: 3, available: true },
    });
  });

  it("has the longest delay of the store and the largest clock offset, in either direction", () => {
    const statuses = [
      status({ storeBehindMs: 20, clockOffsetMs: 300 }),
      status({ storeBehindMs: 900, clockOffsetMs: -4000 }),
    ];
    expect(combinedStatus(statuses, audit)).toMatchObject({ storeBehindMs: 900, clockOffsetMs: -4000 });
  });

  it("reports that calls can be recorded only if every chain can be written", () => {
    const failing = { ...audit, available: false };
    expect(combinedStatus([status({}), status({ audit: failing })], audit).audit.available).toBe(false);
    expect(combinedStatus([status({})], failing).audit.available).toBe(false);
  });
});
