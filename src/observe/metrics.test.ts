import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../core/clock.ts";
import { newDelegation } from "../store/contract.ts";
import { serveMetrics } from "./listen.ts";
import { createMetrics } from "./metrics.ts";

const verification = {
  delegation: "acme",
  scope: "enforcement",
  startedAt: 1_000,
  finishedAt: 2_000,
  verdict: "fail",
  unenforced: true,
  probes: [],
} as const;

it("a role that stopped requiring its External ID is visible in the metrics", async () => {
  const metrics = createMetrics(systemClock);
  const listener = await serveMetrics(metrics, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => listener.close());
  const before = newDelegation();
  metrics.verified({ ...verification, probes: [] }, before, { ...before, state: "suspended" });
  const answer = await fetch(listener.url);
  expect(answer.headers.get("content-type")).toContain("text/plain");
  const text = await answer.text();
  expect(text).toContain('signet_verifications_total{delegation="acme",verdict="fail"} 1');
  expect(text).toContain('signet_delegation_suspensions_total{delegation="acme"} 1');
  expect(text).toContain('signet_delegation_external_id_enforced{delegation="acme"} 0');
  expect(text).toContain('signet_delegation_verified_timestamp_seconds{delegation="acme"} 2');
  expect((await fetch(new URL("/", listener.url))).status).toBe(404);
  expect((await fetch(listener.url, { method: "POST" })).status).toBe(405);
});
