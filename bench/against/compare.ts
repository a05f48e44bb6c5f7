/**
 * `npm run bench -- --against <checkout>`: compares this checkout with another as black boxes, both built and started
 * by their command line. In each start both serve side by side and are measured in turns, so that other load on the
 * machine affects both.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeCertificate, type Certificate } from "../certificate.ts";
import { cpuOfTree } from "../cpu.ts";
import { closedLoop, connect, requestBytes, type Caller } from "../load.ts";
import { median } from "../sides.ts";
import { startMockUpstream, type MockUpstream } from "../upstream.ts";
import { build, openCheckout, serve, type Checkout, type Env, type Served } from "./checkout.ts";
import { prepare, startAws, type Installation } from "./installation.ts";
import { ratioOf, type Ratio } from "./ratio.ts";
import { EVENTS, WORKLOADS, type Workload } from "./workloads.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

export interface Options {
  against: string;
  starts: number;
  /** Ids of workloads; all if undefined. */
  only: readonly string[] | undefined;
  isBuilt: boolean;
}

export interface Compared extends Ratio {
  id: string;
  what: string;
  /** Medians of the starts, CPU microseconds per call or event; only comparable within this run. */
  micros: number;
  otherMicros: number;
}

export interface Comparison {
  checkout: string;
  other: string;
  starts: number;
  figures: Compared[];
}

/** Rejects if one of them can't be built, started or called. */
export async function compare({ against, starts, only, isBuilt }: Options): Promise<Comparison> {
  const wanted = only?.map(workloadOf) ?? WORKLOADS;
  const roots = [ROOT, path.resolve(against)];
  if (!isBuilt) roots.forEach(build);
  const [ours, theirs] = roots.map(openCheckout) as [Checkout, Checkout];
  const folder = mkdtempSync(path.join(tmpdir(), "signet-against-"));
  const aws = await startAws(folder);
  const upstreams = await startUpstreams(await makeCertificate(folder));
  try {
    const sides: Side[] = [];
    for (const [side, checkout] of Object.entries({ ours, theirs }))
      sides.push({
        name: side,
        checkout,
        installation: await prepare(checkout, { aws, side }),
        env: aws.env,
        folder,
      });
    const pairs = new Map<string, [number, number][]>();
    for (let start = 0; start < starts; start++) {
      process.stderr.write(`start ${start + 1} of ${starts} …\n`);
      for (const upstream of upstreams) await measureStart(sides, { upstream, wanted, start, pairs });
    }
    const figures = wanted.map(({ id, what }) => {
      const found = pairs.get(id) ?? [];
      const [micros, otherMicros] = [0, 1].map((side) => median(found.map((pair) => pair[side] ?? 0)));
      return { id, what, ...ratioOf(found), micros: micros ?? 0, otherMicros: otherMicros ?? 0 };
    });
    return { checkout: ours.name, other: theirs.name, starts, figures };
  } finally {
    for (const upstream of upstreams) upstream.close();
    await aws.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function workloadOf(id: string): Workload {
  const found = WORKLOADS.find((workload) => workload.id === id);
  if (!found) throw new Error(`there is no workload ${id}: ${WORKLOADS.map((each) => each.id).join(", ")}`);
  return found;
}

interface Side {
  name: string;
  checkout: Checkout;
  installation: Installation;
  env: Env;
  folder: string;
}

interface Upstream extends MockUpstream {
  tls: boolean;
  /** The environment with which a checkout calls it. */
  env: Env;
}

async function startUpstreams(certificate: Certificate & { file: string }): Promise<Upstream[]> {
  const timing = { firstByteMs: 0, eventMs: 10, events: EVENTS };
  const plain = await startMockUpstream(timing);
  const secure = await startMockUpstream(timing, certificate);
  return [plain, secure].map((upstream) => {
    const tls = upstream === secure;
    const trust = tls ? { NODE_EXTRA_CA_CERTS: certificate.file } : {};
    return { ...upstream, tls, env: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.origin, ...trust } };
  });
}

interface Start {
  upstream: Upstream;
  wanted: readonly Workload[];
  start: number;
  /** By the workload's id. */
  pairs: Map<string, [number, number][]>;
}

/** Starts both sides and measures each workload on both. */
async function measureStart(
  sides: readonly Side[],
  { upstream, wanted, start, pairs }: Start,
): Promise<void> {
  const own = wanted.filter(({ tls = false }) => tls === upstream.tls);
  if (own.length === 0) return;
  const order = start % 2 === 0 ? [0, 1] : [1, 0];
  const served: Served[] = [];
  try {
    for (const index of order) {
      const side = sides[index];
      if (side) served[index] = await startSide(side, upstream.env);
    }
    for (const workload of own) {
      const micros = await measure(workload, { sides, served, order });
      process.stderr.write(`  ${workload.id} ${(micros[0] / micros[1]).toFixed(3)}\n`);
      pairs.set(workload.id, [...(pairs.get(workload.id) ?? []), micros]);
    }
  } finally {
    await Promise.all(served.map((each) => each.stop()));
  }
}

/** From a copy of its store, so that all starts are the same. */
async function startSide({ name, checkout, installation, env, folder }: Side, further: Env): Promise<Served> {
  const data = path.join(folder, `${name}-started`);
  rmSync(data, { recursive: true, force: true });
  cpSync(installation.data, data, { recursive: true });
  return serve(checkout, data, { ...env, ...further }, path.join(folder, `${name}.log`));
}

interface Measured {
  sides: readonly Side[];
  served: readonly Served[];
  order: readonly number[];
}

/** CPU microseconds per call or event of both, measured in the order A, B, B, A. */
async function measure(workload: Workload, { sides, served, order }: Measured): Promise<[number, number]> {
  const cpu: [number, number] = [0, 0];
  const { warmUp, calls, events = 1 } = workload;
  for (const [turn, index] of [...order, ...order.toReversed()].entries()) {
    const { url, pid } = served[index] ?? { url: "", pid: 0 };
    const callers = await open(workload, url, sides[index]?.installation.token ?? "");
    await closedLoop(callers, turn < 2 ? warmUp : Math.ceil(warmUp / 10));
    const before = cpuOfTree(pid);
    await closedLoop(callers, calls / 2);
    cpu[index === 0 ? 0 : 1] += cpuOfTree(pid) - before;
    for (const caller of callers) caller.close();
  }
  return [cpu[0] / calls / events, cpu[1] / calls / events];
}

function open({ path: target, body, connections }: Workload, url: string, token: string): Promise<Caller[]> {
  const request = requestBytes(new URL(url).host, target, token, body?.());
  return Promise.all(Array.from({ length: connections }, () => connect(url, request)));
}
