/**
 * Mixed traffic for a while, against a real process: every protocol, whole and streamed, errors, callers who hang up,
 * keys that come and go, sessions that end every few seconds. At the end the audit log must hold exactly what happened,
 * and nothing may have grown.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { readCalls } from "../../src/audit/calls.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { startServe, type ServeProcess } from "../support/process.ts";
import { addKey, delegateRole, newDelegation } from "../support/world.ts";
import { KINDS, unexpectedOf } from "./traffic.ts";

export interface Sample {
  /** Seconds since the start. */
  at: number;
  /** Resident set, MiB. */
  rss: number;
  /** V8's used heap, and memory outside it, MiB. */
  heap: number;
  external: number;
  /** Open file descriptors. */
  handles: number;
  /** Event-loop lag, 99th percentile, milliseconds. */
  lagMs: number;
  calls: number;
}

export interface Soaked {
  samples: Sample[];
  calls: number;
  unexpected: string[];
  /** Calls to Bedrock: as recorded, and as the sandbox counted them. */
  recorded: number;
  arrived: number;
  running: number;
  auditProblems: number;
  exit: number | string;
}

const MIB = 1024 * 1024;
const CALLERS = 12;
const KEYS = 4;
const SESSION_SECONDS = 3;
const CHURN_MS = 700;

export async function soak(
  seconds: number,
  { everySeconds, onSample }: { everySeconds: number; onSample?: (sample: Sample) => void },
): Promise<Soaked> {
  await using parts = new AsyncDisposableStack();
  const data = mkdtempSync(path.join(tmpdir(), "signet-soak-"));
  parts.defer(() => rmSync(data, { recursive: true, force: true }));
  const sandbox = parts.adopt(await startSandbox(), (started) => started.close());
  const store = parts.adopt(await openSqliteStore(path.join(data, "signet.db")), (opened) => opened.close());
  const serving = await serve(data, sandbox, store);
  parts.defer(() => void serving.child.kill("SIGKILL"));
  sandbox.faults.set({ sessionSeconds: SESSION_SECONDS });

  const until = performance.now() + seconds * 1000;
  const arrivals = countArrivals(sandbox);
  const keys = await keyring(store, serving);
  const unexpected: string[] = [];
  let calls = 0;
  const caller = async (first: number) => {
    for (let at = first; performance.now() < until; at++) {
      const kind = KINDS[at % KINDS.length];
      const found = kind && (await keys.use((token) => unexpectedOf(kind, serving.url, token)));
      if (found !== undefined) unexpected.push(found);
      calls++;
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, at) => caller(at));
  const samples: Sample[] = [];
  const began = performance.now();
  const watch = async () => {
    while (performance.now() < until) {
      await pause(everySeconds * 1000);
      const sample = {
        at: Math.round((performance.now() - began) / 1000),
        calls,
        ...(await sampleOf(serving)),
      };
      samples.push(sample);
      onSample?.(sample);
    }
  };
  await Promise.all([watch(), keys.churn(until), ...callers]);
  serving.child.kill("SIGTERM");
  const exit = await serving.ended;

  const auditDir = path.join(data, "audit");
  const all = await Array.fromAsync(readCalls(auditDir));
  const sent = all.filter(({ outcome }) => outcome !== "refused");
  return {
    samples,
    calls,
    unexpected,
    recorded: sent.reduce((sum, { attempts }) => sum + (attempts ?? 0), 0),
    arrived: arrivals(),
    running: sent.filter(({ outcome }) => outcome === "running").length,
    auditProblems: (await verifyAudit(auditDir)).problems.length,
    exit,
  };
}

async function serve(data: string, sandbox: Sandbox, store: Store): Promise<ServeProcess> {
  const base = seedDefaults(sandbox);
  const grants = [{ operations: ["*" as const], models: ["*"], regions: ["us-east-1"], settings: [] }];
  await store.delegations.add(newDelegation(delegateRole(sandbox, base.userArn), grants));
  const delegations = [{ delegation: "team-a", grants: null }];
  await store.clients.add({ name: "app", delegations, createdAt: 0 });
  const env = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
    SIGNET_PROMETHEUS_PORT: "0",
  };
  return startServe({ data, env });
}

/** A few keys that are valid at any time; the oldest is repeatedly revoked, once it is unused. */
async function keyring(store: Store, serving: ServeProcess) {
  interface Used {
    id: string;
    token: string;
    users: Set<Promise<unknown>>;
  }
  const ring: Used[] = [];
  const add = async () => {
    const { id, token } = await addKey(store);
    while (!(await isKnown(serving.url, token))) await pause(20);
    ring.push({ id, token, users: new Set() });
  };
  while (ring.length < KEYS) await add();
  let turn = 0;
  return {
    async use<T>(call: (token: string) => Promise<T>): Promise<T> {
      const key = ring[turn++ % ring.length];
      if (!key) throw new Error("there is no key");
      const using = call(key.token);
      key.users.add(using);
      return using.finally(() => key.users.delete(using));
    },
    async churn(until: number) {
      while (performance.now() < until) {
        await pause(CHURN_MS);
        await add();
        const oldest = ring.shift();
        if (!oldest) return;
        await Promise.all(oldest.users);
        await store.keys.revoke(oldest.id, Date.now());
      }
    },
  };
}

/** A request refused for its body is not a stranger's. */
async function isKnown(url: string, token: string): Promise<boolean> {
  const headers = { "x-api-key": token };
  const answer = await fetch(`${url}/async-invoke`, { method: "POST", headers, body: "?" });
  return answer.headers.get("x-signet-error") !== "authentication_failed";
}

/** The sandbox keeps only the latest calls: they are counted as they arrive. */
function countArrivals(sandbox: Sandbox): () => number {
  const seen = new Set<string>();
  const look = () => {
    for (const { requestId, service } of sandbox.calls()) if (service === "bedrock") seen.add(requestId);
  };
  setInterval(look, 2_000).unref();
  return () => {
    look();
    return seen.size;
  };
}

async function sampleOf(serving: ServeProcess): Promise<Omit<Sample, "at" | "calls">> {
  const line = serving.log.find((each) => each.includes('"serving metrics"')) ?? "{}";
  const text = await (await fetch((JSON.parse(line) as { url: string }).url)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  return {
    rss: Math.round(value("process_resident_memory_bytes") / MIB),
    heap: Math.round(value("nodejs_heap_size_used_bytes") / MIB),
    external: Math.round(value("nodejs_external_memory_bytes") / MIB),
    handles: value("process_open_fds"),
    lagMs: Math.round(value("nodejs_eventloop_lag_p99_seconds") * 1000),
  };
}

/** What didn't hold. */
export function faultsOf({ samples, unexpected, recorded, arrived, running, auditProblems, exit }: Soaked) {
  const [first, last] = [samples[Math.floor(samples.length / 3)], samples.at(-1)];
  const faults: string[] = unexpected.slice(0, 10);
  if (recorded !== arrived) faults.push(`${arrived} calls arrived at Bedrock, ${recorded} are recorded`);
  if (running > 0) faults.push(`${running} calls have no outcome`);
  if (auditProblems > 0) faults.push(`the audit log has ${auditProblems} problems`);
  if (exit !== 0) faults.push(`the process ended with ${exit}`);
  if (first && last && last.rss > first.rss * 1.5 + 32)
    faults.push(`memory grew from ${first.rss} to ${last.rss} MiB`);
  if (first && last && last.handles > first.handles * 1.5 + 20)
    faults.push(`open files grew from ${first.handles} to ${last.handles}`);
  return faults;
}
