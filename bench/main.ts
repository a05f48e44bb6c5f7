/**
 * `npm run bench`: each figure against its yardstick, measured in the same run; with `--against`, one checkout against
 * another.
 */
import { parseArgs } from "node:util";
import { compare, type Compared } from "./against/compare.ts";
import { WORKLOADS } from "./against/workloads.ts";
import { writeCharts } from "./chart.ts";
import { p8 } from "./cold-start.ts";
import { p1, p2, p3, p4, p5, p6, p7 } from "./figures.ts";
import { p9 } from "./growth.ts";
import { p11 } from "./peer.ts";
import type { Effort, Figure } from "./sides.ts";
import { p10 } from "./start.ts";

const HELP = `Usage: npm run bench [-- options]

Measures the gateway against a pass-through proxy on node:http, in one run, as ratios.

  --json          one JSON document on standard output
  --quick         fewer rounds and calls: not for figures to quote
  --only P1,P5    only these figures
  --charts DIR    also write an SVG for each figure to this folder
  --help

  --against DIR   compare this checkout with the one in DIR instead: CPU per call of both, built and started as
                  published; exit status 1 if a workload is worse (95 % interval of the ratio above 1.05)
  --starts N      how often to start both (default: 9)
  --built         don't build them first
  --only small,stream-tls
                  only these workloads, of ${WORKLOADS.map(({ id }) => id).join(", ")}`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    charts: { type: "string" },
    against: { type: "string" },
    starts: { type: "string", default: "9" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const FIGURES: Record<string, (effort: Effort) => Promise<Figure | Figure[]>> = {
  P1: p1,
  P2: p2,
  P3: p3,
  P4: p4,
  P5: p5,
  P6: p6,
  P7: p7,
  P8: p8,
  P9: p9,
  P10: p10,
  P11: p11,
};

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  if (values.against === undefined) return measureFigures();
  const { against, built: isBuilt } = values;
  const starts = Number(values.starts);
  if (!Number.isSafeInteger(starts) || starts < 1) throw new Error("--starts takes a number, 1 or more");
  const comparison = await compare({
    against,
    starts,
    only: values.only?.split(","),
    isBuilt,
  });
  if (values.json) console.log(JSON.stringify({ node: process.version, ...comparison }, null, 2));
  else {
    console.log(`${comparison.checkout} ÷ ${comparison.other}, ${comparison.starts} starts of each`);
    for (const figure of comparison.figures) console.log(lineOf(figure));
  }
  if (comparison.figures.some(({ verdict }) => verdict === "worse")) process.exitCode = 1;
}

function lineOf({ what, ratio, low, high, verdict, micros, otherMicros }: Compared): string {
  const interval = `${ratio.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
  const absolute = `${micros.toFixed(1)} and ${otherMicros.toFixed(1)} µs`;
  return `${what.padEnd(30)} ${interval.padEnd(22)} ${verdict.padEnd(10)} ${absolute}`;
}

async function measureFigures(): Promise<void> {
  const effort: Effort = values.quick ? { rounds: 3, scale: 1 } : { rounds: 9, scale: 2 };
  const wanted = values.only?.split(",") ?? Object.keys(FIGURES);
  const figures: Figure[] = [];
  for (const [id, measure] of Object.entries(FIGURES)) {
    if (!wanted.includes(id)) continue;
    if (!values.json) process.stderr.write(`measuring ${id} …\n`);
    figures.push(...[await measure(effort)].flat());
  }
  if (values.charts !== undefined) writeCharts(values.charts, figures);
  const rows = figures.map((figure) => ({ ...figure, reached: figure.value <= figure.target }));
  if (values.json) return console.log(JSON.stringify({ node: process.version, figures: rows }, null, 2));
  for (const { id, what, value, unit, target, reached, details } of rows) {
    console.log(
      `${reached ? "✓" : "✗"} ${id.padEnd(7)} ${value.toFixed(2)} ${unit} (target ≤ ${target})  ${what}`,
    );
    console.log(
      `          ${Object.entries(details)
        .map(([name, number]) => `${name} ${number.toFixed(2)}`)
        .join(", ")}`,
    );
  }
}

await main();
process.exit();
